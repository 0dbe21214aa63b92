// SPDX-License-Identifier: Apache-2.0
#include "link/native/sender_session.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace exocast::native {
namespace {

/// Messages up to this size are copied, so that many are one part of a write; longer ones are referenced.
constexpr std::size_t copied_bytes_max = Message::framed_bytes_max;

std::uint64_t not_zero(std::uint64_t number) noexcept { return number == 0 ? 1 : number; }

}  // namespace

SenderSession::SenderSession(Scheduler& scheduler, Dialer& dialer, const NativeLinkOptions& options,
                             NativeLinkMetrics& metrics, Random random)
    : scheduler_(scheduler),
      dialer_(dialer),
      options_(options),
      metrics_(metrics),
      random_(random()),
      backoff_(options.backoff),
      id_(not_zero(random())),
      reader_(read_buffer_bytes, control_frame_bytes_max),
      message_bytes_max_(options.message_bytes_max),
      window_messages_(options.window_messages),
      window_bytes_(options.window_bytes),
      scope_(scheduler) {}

SenderSession::~SenderSession() = default;

/// Writes first: if the output is empty, the batch is written inside this call.
void SenderSession::begin(PendingBatch& delivery) {
  if (delivery.batch_.size() > batch_messages_max ||
      (delivery.batch_.size() > 1 && delivery.bytes_ > batch_bytes_max)) {
    return delivery.fail(0, Status::invalid_argument("the batch is over the limits of the link"), true);
  }
  if (untold_ > 0) return delivery.lose(0, last_error_, true);
  if (state_ != State::open || waiting_count_ > 0 || !has_room_for(delivery)) return wait(delivery);
  const bool idle = output_.empty();
  if (!admit(delivery)) return;
  delivery.arm(delivery.options_.deadline.time());
  if (idle) flush();
}

/// Waits for a connection, or for room in the window.
void SenderSession::wait(PendingBatch& delivery) {
  if (waiting_count_ >= options_.waiting_max) {
    const Status error =
        Status::resource_exhausted(fmt::format("{} batches wait for the link already", waiting_count_));
    return delivery.fail(0, error, true);
  }
  // The last attempt failed a moment ago, and there never was a connection: fails with that error.
  if (!welcomed_ && !connecting_ && scheduler_.now() < not_before_) return delivery.lose(0, last_error_, true);
  delivery.state_ = PendingBatch::State::waiting;
  waiting_.push_back(delivery);
  metrics_.waiting_peak = std::max(metrics_.waiting_peak, ++metrics_.waiting);
  ++waiting_count_;
  delivery.arm(delivery.options_.deadline.time());
  if (welcomed_ && state_ != State::open && !armed()) be_patient();
  connect_soon();
}

/// All deliveries under way wait this long for a new connection.
void SenderSession::be_patient() noexcept {
  scheduler_.wake_at(static_cast<Timer&>(*this), scheduler_.now() + options_.reconnect_patience);
}

bool SenderSession::has_room_for(const PendingBatch& delivery) const noexcept {
  return sent_.empty() || (sent_messages_ + delivery.batch_.size() <= window_messages_ &&
                           sent_bytes_ + delivery.bytes_ <= window_bytes_);
}

/// Assigns the numbers and puts the batch into the output. False if the delivery has ended instead.
bool SenderSession::admit(PendingBatch& delivery) {
  if (delivery.bytes_ > message_bytes_max_) {
    for (const Message* message : delivery.batch_) {
      if (message->bytes() <= message_bytes_max_) continue;
      const Status error = Status::resource_exhausted(
          fmt::format("a message of {} bytes is over the limit of {} bytes", message->bytes(), message_bytes_max_));
      delivery.fail(0, error, true);
      return false;
    }
  }
  queue(delivery);
  return true;
}

/// Whether the version of the connection has messages of this kind.
bool SenderSession::carries(const Message& message) const noexcept {
  return version_ >= data_version || message.kind() != MessageKind::data;
}

/// What is sent for `message`. If the connection does not carry it, an empty status takes its place: every receiver
/// refuses that by its number, so the numbers have no gap.
Item SenderSession::item_of(const Message& message) const noexcept {
  if (!carries(message)) return {.kind = MessageKind::status};
  return {.kind = message.kind(), .request = bytes_of(message.encoded())};
}

/// What is sent for `message`, if that is written already.
std::string_view SenderSession::framed(const Message& message) const noexcept {
  return carries(message) ? message.framed() : std::string_view();
}

void SenderSession::queue(PendingBatch& delivery) {
  BatchLayout layout(next_number_, settled_, delivery.options_.missed);
  add_log(delivery.options_, layout);
  std::size_t copied_bytes = layout.head_bytes_max();
  for (const Message* message : delivery.batch_) {
    if (const std::size_t framed_bytes = framed(*message).size(); framed_bytes > 0) {
      layout.add(framed_bytes);
      copied_bytes += framed_bytes;
      continue;
    }
    const std::size_t bytes = item_of(*message).request.size();
    const std::size_t head_bytes = item_head_bytes(bytes);
    layout.add(head_bytes + bytes);
    copied_bytes += head_bytes + (bytes <= copied_bytes_max ? bytes : 0);
  }
  std::byte* begin = output_.room(copied_bytes);
  FieldWriter writer(begin);
  layout.write_head(writer);
  for (const Message* message : delivery.batch_) {
    if (const std::string_view item = framed(*message); !item.empty()) {
      writer.raw(bytes_of(item));
      continue;
    }
    const Item item = item_of(*message);
    write_item_head(writer, item.kind, item.request.size());
    if (item.request.size() <= copied_bytes_max) {
      writer.raw(item.request);
      continue;
    }
    // The buffer has room for all copied bytes, so it does not move when parts are added in between.
    output_.used(static_cast<std::size_t>(writer.at() - begin));
    output_.refer(item.request, message->owner());
    begin = writer.at();
  }
  if (writer.at() != begin) output_.used(static_cast<std::size_t>(writer.at() - begin));
  number(delivery);
  ++metrics_.frames_out;
}

void SenderSession::number(PendingBatch& delivery) {
  Sent& sent = sent_.emplace_back(Sent{.delivery = &delivery,
                                       .first = next_number_,
                                       .messages = delivery.batch_.size(),
                                       .bytes = delivery.bytes_,
                                       .output_end = output_.appended_total()});
  next_number_ += sent.messages;
  delivery.state_ = PendingBatch::State::sent;
  delivery.sent_ = &sent;
  sent_messages_ += sent.messages;
  sent_bytes_ += sent.bytes;
  metrics_.unacked_messages += sent.messages;
  metrics_.unacked_bytes += sent.bytes;
  metrics_.unacked_messages_peak = std::max(metrics_.unacked_messages_peak, metrics_.unacked_messages);
  metrics_.unacked_bytes_peak = std::max(metrics_.unacked_bytes_peak, metrics_.unacked_bytes);
}

/// Sends waiting batches while there is room.
void SenderSession::pump() {
  if (state_ != State::open) return;
  const bool idle = output_.empty();
  while (waiting_count_ > 0) {
    auto& delivery = static_cast<PendingBatch&>(*waiting_.front());
    if (!has_room_for(delivery)) break;
    waiting_.pop_front();
    --waiting_count_;
    --metrics_.waiting;
    delivery.state_ = PendingBatch::State::begun;
    if (admit(delivery)) delivery.arm(delivery.options_.deadline.time());
  }
  if (idle) flush();
  if (news_due_) tell_news();
}

void SenderSession::flush() {
  const std::uint64_t before = output_.written_total();
  const auto written = output_.write_to(*stream_);
  metrics_.bytes_out += output_.written_total() - before;
  if (!written && written.error() != StreamFault::would_block) {
    lose(LinkBreak::broken, stream_->fault_text());
  }
}

}  // namespace exocast::native
