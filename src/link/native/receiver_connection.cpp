// SPDX-License-Identifier: Apache-2.0
#include "link/native/receiver_connection.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "link/native/item.h"
#include "link/native/large_item.h"
#include "link/native/receiver_session.h"

namespace exocast::native {
namespace {

Farewell farewell_of(ReceiverClose reason) noexcept {
  switch (reason) {
    case ReceiverClose::version:
      return Farewell::version;
    case ReceiverClose::too_large:
      return Farewell::too_large;
    case ReceiverClose::superseded:
      return Farewell::superseded;
    case ReceiverClose::overloaded:
      return Farewell::overloaded;
    case ReceiverClose::shutting_down:
      return Farewell::shutting_down;
    case ReceiverClose::closed:
    case ReceiverClose::broken:
    case ReceiverClose::no_hello:
    case ReceiverClose::protocol:
      break;
  }
  return Farewell::protocol;
}

}  // namespace

ReceiverConnection::ReceiverConnection(NativeReceiver& receiver, std::unique_ptr<ByteStream> stream)
    : receiver_(receiver),
      stream_(std::move(stream)),
      reader_(std::max(receiver.options_.read_buffer_bytes, std::size_t{64}),
              frame_bytes_max(receiver.options_.message_bytes_max)) {}

ReceiverConnection::~ReceiverConnection() {
  receiver_.metrics_.receiving_bytes -= reader_.capacity();
  if (decoding_ == nullptr) return;
  decoding_->abandon();
  end_decoding();
}

void ReceiverConnection::start() {
  stream_->listen(*this);
  receiver_.scheduler_.wake_at(static_cast<Timer&>(*this),
                               receiver_.scheduler_.now() + receiver_.options_.hello_timeout);
  advance();
}

void ReceiverConnection::on_readable() noexcept {
  readable_ = true;
  advance();
}

void ReceiverConnection::on_writable() noexcept {
  if (flush()) advance();
}

/// The handler has no message of this session, and the sender has taken all answers.
bool ReceiverConnection::idle() const noexcept { return output_.empty() && (session_ == nullptr || !session_->busy()); }

void ReceiverConnection::advance() noexcept {
  bool has_read = false;
  // Not now(), the time at which the turn began: the handler may have blocked it for other connections.
  const TimePoint until = Deadline::after(receiver_.scheduler_.coarse_now(), receiver_.options_.turn_time_max).time();
  while (idle() && decoding_ == nullptr && !receiver_.draining_) {
    if (session_ != nullptr && !welcomed_) {
      welcome();
      if (!flush()) return;
    } else if (in_batch_) {
      if (take_items(until)) continue;
      ++receiver_.metrics_.interrupted_total;
      if (!queued()) receiver_.scheduler_.post(*this);
      break;
    } else if (const auto frame = reader_.next()) {
      if (!take(*frame)) return;
    } else if (frame.error() == FrameFault::too_large) {
      return leave(ReceiverClose::too_large, "a frame is too long");
    } else if (!readable_) {
      break;
    } else if (std::exchange(has_read, true)) {  // once per turn of the loop, so that others get theirs
      if (!queued()) receiver_.scheduler_.post(*this);
      break;
    } else if (!read()) {
      return;
    }
  }
  if (output_.empty()) {
    acknowledge();
    if (!flush()) return;
  }
  if (receiver_.draining_ && idle()) leave(ReceiverClose::shutting_down, "the receiver is shutting down");
}

bool ReceiverConnection::read() {
  const std::size_t before = reader_.capacity();
  const std::span<std::byte> room = reader_.room();
  const bool grown = reader_.capacity() > before && before > 0;
  receiver_.metrics_.receiving_bytes += reader_.capacity() - before;
  if (grown && receiver_.metrics_.receiving_bytes > receiver_.options_.receiving_bytes_max) {
    leave(ReceiverClose::overloaded, "too many bytes are on their way");
    return false;
  }
  const auto read = stream_->read(room);
  readable_ = read && *read == room.size();
  if (!read) {
    if (read.error() == StreamFault::would_block) return true;
    const bool closed = read.error() == StreamFault::closed;
    receiver_.close(*this, closed ? ReceiverClose::closed : ReceiverClose::broken);
    return false;
  }
  reader_.filled(*read);
  NativeReceiverMetrics& metrics = receiver_.metrics_;
  metrics.bytes_in += *read;
  metrics.buffered_bytes_peak = std::max(metrics.buffered_bytes_peak, reader_.buffered());
  return true;
}

bool ReceiverConnection::take(Bytes bytes) {
  ++receiver_.metrics_.frames_in;
  const auto frame = read_frame(bytes);
  if (!frame) return refuse(frame.error());
  if (const auto* batch = std::get_if<Batch>(&*frame)) return take(*batch, bytes.size());
  if (const auto* hello = std::get_if<Hello>(&*frame)) return take(*hello);
  if (const auto* news = std::get_if<LogNews>(&*frame)) return take(*news);
  if (!std::holds_alternative<Goodbye>(*frame)) return refuse("a frame that only receivers send");
  receiver_.close(*this, ReceiverClose::closed);
  return false;
}

bool ReceiverConnection::take(const Hello& hello) {
  if (session_ != nullptr) return refuse("a second hello");
  if (hello.version > wire_version_max || hello.version_max < wire_version_min || hello.version > hello.version_max) {
    leave(ReceiverClose::version, fmt::format("versions {} to {} are spoken here, not {} to {}", wire_version_min,
                                              wire_version_max, hello.version, hello.version_max));
    return false;
  }
  version_ = std::min(hello.version_max, wire_version_max);
  if (hello.session == 0) return refuse("a hello without a session");
  session_ = receiver_.session(hello.session);
  if (session_ == nullptr) {
    leave(ReceiverClose::overloaded, "too many sessions");
    return false;
  }
  if (session_->connection != nullptr) {
    std::exchange(session_->connection, nullptr)
        ->leave(ReceiverClose::superseded, "the session has a newer connection");
  } else {
    receiver_.unconnected_.erase(session_->unconnected);
  }
  session_->connection = this;
  sender_ = hello.node_id;
  static_cast<Timer&>(*this).disarm();
  // A sender that knows more answers than we gave: the session was forgotten here, and the new incarnation shows that.
  if (hello.settled <= session_->handled()) session_->settle(hello.settled);
  return true;
}

void ReceiverConnection::welcome() {
  const NativeReceiverOptions& options = receiver_.options_;
  welcomed_ = true;
  acked_ = session_->handled();
  output_.append(bytes_of(write(Welcome{
      .version = version_,
      .incarnation = session_->incarnation(),
      .handled = session_->handled(),
      .refused = session_->refused_above(session_->settled()),
      .node_id = options.node_id,
      .message_bytes_max = options.message_bytes_max,
      .window_messages = std::clamp(options.window_messages, batch_messages_max, window_messages_max),
      .window_bytes = options.window_bytes,
  })));
}

bool ReceiverConnection::take(const Batch& batch, std::size_t bytes) {
  if (session_ == nullptr) return refuse("a batch before the hello");
  const std::uint64_t handled = session_->handled();
  const std::size_t window = std::clamp(receiver_.options_.window_messages, batch_messages_max, window_messages_max);
  if (batch.first > handled + 1 || batch.settled > handled) return refuse("sequence number out of range");
  session_->settle(batch.settled);
  if (batch.messages > 1 && bytes > batch_bytes_max + batch_overhead_max) return refuse("the batch is too large");
  if (batch.first + batch.messages - 1 > session_->settled() + window) return refuse("more than the window");
  batch_ = batch;
  if (version_ < log_version) batch_.position = batch_.log_settled = 0;  // these fields are not known there
  if (batch_.position != 0 && log_.log == 0) return refuse("a position without a log");
  if (batch_.log_settled != 0 && !settle_log(batch_.log_settled)) return refuse("sequence number out of range");
  next_ = batch.first;
  in_batch_ = true;
  return true;
}

bool ReceiverConnection::take(const LogNews& news) {
  if (session_ == nullptr) return refuse("news of a log before the hello");
  if (version_ < log_version) return refuse("the frame is of an unknown kind");
  const bool is_same = news.log == log_.log && news.stream_class == log_.stream_class;
  if (is_same && news.settled < log_.settled) return refuse("sequence number out of range");
  log_ = {.log = news.log, .stream_class = news.stream_class, .settled = news.settled};
  receiver_.handler_.log_news(sender_, news);
  return true;
}

/// A batch says that its log is settled up to `position`, and that all news of incomplete messages have been told.
/// False if that is invalid.
bool ReceiverConnection::settle_log(std::uint64_t position) {
  if (position < log_.settled) return false;
  log_.after = std::exchange(log_.settled, position);
  receiver_.handler_.log_news(sender_, log_);
  return true;
}

/// Up to the end of the batch, or to a message that the handler does not answer at once. False at `until`: a handler
/// that blocks must not keep the sender waiting for the answers to earlier messages.
bool ReceiverConnection::take_items(TimePoint until) {
  Item item;
  while (batch_.next(item)) {
    if (next_ > batch_.first) batch_.step();
    if (next_++ <= session_->handled()) {
      ++receiver_.metrics_.repeated_total;
      continue;
    }
    if (is_large(item)) {
      decode_outside(item);
      break;
    }
    handle(decode(item, receiver_.options_.message_bytes_max));
    if (session_->busy()) return true;
    if (receiver_.scheduler_.coarse_now() >= until) return false;
  }
  in_batch_ = false;
  return true;
}

/// Decoding it would block the loop. A message of this size is alone in its batch.
bool ReceiverConnection::is_large(const Item& item) const noexcept {
  return receiver_.worker_ != nullptr && batch_.messages == 1 &&
         item.request.size() > receiver_.options_.decode_inline_bytes_max;
}

void ReceiverConnection::decode_outside(const Item& item) {
  decoding_bytes_ = reader_.capacity();
  decoding_ = std::make_shared<LargeItem>(*this, item, reader_.release(), receiver_.options_.message_bytes_max);
  receiver_.metrics_.receiving_bytes += reader_.capacity();
  ++receiver_.metrics_.decoding;
  receiver_.worker_->start(decoding_);
}

void ReceiverConnection::end_decoding() noexcept {
  decoding_.reset();
  --receiver_.metrics_.decoding;
  receiver_.metrics_.receiving_bytes -= std::exchange(decoding_bytes_, 0);
}

void ReceiverConnection::decoded(std::expected<Message, Status> message) noexcept {
  end_decoding();
  if (!receiver_.draining_) handle(std::move(message));
  advance();
}

void ReceiverConnection::handle(std::expected<Message, Status> message) {
  // With the first message: if the handler never gets that, the sender tells it again.
  if (batch_.missed > 0 && next_ == batch_.first + 1) {
    receiver_.metrics_.missed_total += batch_.missed;
    receiver_.handler_.missed(batch_.missed);
  }
  if (!message) return session_->refuse(std::move(message.error()));
  if (batch_.position != 0) {
    receiver_.handler_.comes_from({.log = log_.log, .position = batch_.position, .stream_class = log_.stream_class});
  }
  session_->handle(*std::move(message));
}

/// One answer for all messages handled since the last one.
void ReceiverConnection::acknowledge() {
  if (!welcomed_ || acked_ == session_->handled()) return;
  const std::uint64_t before = std::exchange(acked_, session_->handled());
  if (session_->has_refused_above(before)) {
    output_.append(bytes_of(write(Ack{.handled = acked_, .refused = session_->refused_above(before)})));
  } else {
    output_.used(write_plain_ack(output_.room(plain_ack_bytes_max), acked_));
  }
}

bool ReceiverConnection::flush() {
  if (output_.empty()) return true;
  const std::uint64_t before = output_.written_total();
  const auto written = output_.write_to(*stream_);
  receiver_.metrics_.bytes_out += output_.written_total() - before;
  if (written || written.error() == StreamFault::would_block) return true;
  receiver_.close(*this, ReceiverClose::broken);
  return false;
}

bool ReceiverConnection::refuse(std::string_view why) {
  leave(ReceiverClose::protocol, why);
  return false;
}

void ReceiverConnection::leave(ReceiverClose reason, std::string_view text) {
  if (output_.empty()) {
    output_.append(bytes_of(write(Goodbye{.reason = farewell_of(reason), .text = std::string(text)})));
    static_cast<void>(output_.write_to(*stream_));
  }
  receiver_.close(*this, reason);
}

}  // namespace exocast::native
