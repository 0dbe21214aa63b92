// SPDX-License-Identifier: Apache-2.0
// The part of SenderSession that makes, reads and loses its connection.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "exocast/gather/wait.h"
#include "link/native/sender_session.h"

namespace exocast::native {
namespace {

/// Reads per turn of the loop, at most, so that a busy peer does not starve others.
constexpr int reads_max = 16;

constexpr std::string_view restarted_note =
    "the peer has restarted, or forgotten the session: before that it may have had the message, too";

}  // namespace

void SenderSession::connect_soon() {
  if (state_ != State::down || connecting_ || live_ == 0) return;
  connecting_ = true;
  scope_.spawn(connect());
}

/// Tries until there is a connection, or no delivery waits for one.
task<void> SenderSession::connect() {
  while (live_ > 0) {
    if (scheduler_.now() < not_before_) {
      co_await sleep_until(Deadline::at(not_before_));
      continue;
    }
    ++metrics_.dials_total;
    auto stream = co_await dialer_.dial(Deadline::after(scheduler_.now(), options_.connect_timeout));
    if (stream) {
      greet(*std::move(stream));
      const bool came = co_await greeted_.wait(Deadline::after(scheduler_.now(), options_.welcome_timeout));
      if (!came) lose(LinkBreak::no_welcome, "the peer did not answer the greeting in time");
      if (state_ == State::open) break;
    } else {
      last_error_ = Status::unavailable(std::move(stream.error().text));
    }
    not_before_ = scheduler_.now() + backoff_.next(random_);
    if (!welcomed_) end_waiting(last_error_);
  }
  connecting_ = false;
}

void SenderSession::greet(std::unique_ptr<ByteStream> stream) {
  greeted_.reset();
  forget_told();
  stream_ = std::move(stream);
  stream_->listen(*this);
  state_ = State::greeting;
  output_.append(bytes_of(write(Hello{.session = id_,
                                      .node_id = options_.node_id,
                                      .settled = settled_,
                                      .message_bytes_max = options_.message_bytes_max})));
  ++metrics_.frames_out;
  flush();
  if (stream_) on_readable();
}

/// The connection is lost; deliveries wait for the next one up to reconnect_patience.
void SenderSession::lose(LinkBreak reason, std::string_view text, StatusCode code) {
  ++metrics_.breaks[std::to_underlying(reason)];
  last_error_ = {.code = code,
                 .text = fmt::format("the connection was lost ({}{}{})", to_string(reason), text.empty() ? "" : ": ",
                                     to_line(text))};
  if (state_ == State::open) {
    for (Sent& sent : sent_) sent.written = sent.output_end <= output_.written_total();
    not_before_ = scheduler_.now() + backoff_.next(random_);  // spreads the senders that lost the same peer
    be_patient();
  }
  state_ = State::down;
  stream_.reset();
  unqueue();
  reader_ = FrameReader(read_buffer_bytes, control_frame_bytes_max);
  output_.clear();
  greeted_.set();
  connect_soon();
}

void SenderSession::on_readable() noexcept {
  for (int reads = 0; reads < reads_max; ++reads) {
    const std::span<std::byte> room = reader_.room();
    const auto read = stream_->read(room);
    if (!read && read.error() == StreamFault::would_block) return pump();
    if (!read) {
      const bool closed = read.error() == StreamFault::closed;
      return lose(closed ? LinkBreak::closed : LinkBreak::broken, closed ? "" : stream_->fault_text());
    }
    reader_.filled(*read);
    metrics_.bytes_in += *read;
    if (!take_frames()) return;
    if (*read < room.size()) return pump();
  }
  pump();
  if (stream_ && !Runnable::queued()) scheduler_.post(static_cast<Runnable&>(*this));
}

void SenderSession::on_writable() noexcept {
  flush();
  if (news_due_) tell_news();
}

/// False if the connection is lost.
bool SenderSession::take_frames() {
  while (true) {
    const auto bytes = reader_.next();
    if (!bytes && bytes.error() == FrameFault::none_yet) return true;
    if (!bytes) return refuse("a frame is too long");
    ++metrics_.frames_in;
    auto frame = read_frame(*bytes);
    if (!frame) return refuse(frame.error());
    if (!std::visit([this](auto& content) { return take(content); }, *frame)) return false;
  }
}

bool SenderSession::take(Welcome& welcome) {
  if (state_ != State::greeting) return refuse("a second welcome");
  if (welcome.version < wire_version_min || welcome.version > wire_version_max) {
    return refuse("a version that is not spoken here");
  }
  if (!options_.peer_id.empty() && welcome.node_id != options_.peer_id) {
    lose(LinkBreak::wrong_peer, fmt::format("'{}' answered instead of '{}'", welcome.node_id, options_.peer_id));
    return false;
  }
  const bool fresh = !welcomed_ || welcome.incarnation != incarnation_;
  if (fresh ? welcome.handled != 0 : welcome.handled < settled_) return refuse("sequence number out of range");
  if (welcome.window_messages < batch_messages_max || welcome.message_bytes_max == 0) return refuse("no window");
  if (!fresh && !settle(welcome.handled, welcome.refused)) return refuse("sequence number out of range");
  state_ = State::open;
  static_cast<Timer&>(*this).disarm();
  end_unsettled(last_error_, fresh ? restarted_note : std::string_view());
  next_number_ = welcome.handled + 1;
  settled_ = welcome.handled;
  incarnation_ = welcome.incarnation;
  version_ = welcome.version;
  message_bytes_max_ = std::min<std::uint64_t>(options_.message_bytes_max, welcome.message_bytes_max);
  window_messages_ = std::min<std::uint64_t>(
      std::clamp(options_.window_messages, batch_messages_max, window_messages_max), welcome.window_messages);
  window_bytes_ = std::min<std::uint64_t>(options_.window_bytes, welcome.window_bytes);
  ++metrics_.connects_total;
  if (welcomed_) ++metrics_.reconnects_total;
  if (welcomed_ && fresh) ++metrics_.restarts_total;
  welcomed_ = true;
  backoff_.reset();
  not_before_ = {};
  greeted_.set();
  return true;
}

bool SenderSession::take(Ack& ack) {
  if (state_ != State::open) return refuse("an answer before the welcome");
  return settle(ack.handled, ack.refused) || refuse("an answer for what was not sent");
}

bool SenderSession::take(Goodbye& goodbye) {
  const std::string text = fmt::format("{}: {}", to_string(goodbye.reason), goodbye.text);
  if (state_ == State::open && goodbye.reason == Farewell::shutting_down) {
    end_unsettled(Status::unavailable("the peer is shutting down"), "");
    next_number_ = settled_ + 1;
  }
  lose(LinkBreak::goodbye, text,
       goodbye.reason == Farewell::version ? StatusCode::unimplemented : StatusCode::unavailable);
  return false;
}

bool SenderSession::take(Hello& /*hello*/) { return refuse("a hello from the receiver"); }
bool SenderSession::take(Batch& /*batch*/) { return refuse("a batch from the receiver"); }
bool SenderSession::take(LogNews& /*news*/) { return refuse("news of a log from the receiver"); }

/// The peer violates the protocol.
bool SenderSession::refuse(std::string_view why) {
  lose(LinkBreak::protocol, why);
  return false;
}

}  // namespace exocast::native
