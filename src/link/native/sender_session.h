// SPDX-License-Identifier: Apache-2.0
#pragma once
// SenderSession: the sending end of one session of a native link. For this folder.
//
// It numbers the messages, writes them to its connection, and settles them by the peer's answers. When the connection
// is lost it makes another; the peer's Welcome then says how far it got, which settles everything that was on its way.
// Nothing of a delivery goes on inside a call: what has ended is posted, in order. One thread. Lifetime: outlives its
// deliveries; scheduler, dialer, options and metrics outlive it.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "exocast/gather/detail/intrusive_list.h"
#include "exocast/gather/event.h"
#include "exocast/gather/scope.h"
#include "link/native/frame_reader.h"
#include "link/native/frames.h"
#include "link/native/native_link.h"
#include "link/native/output.h"

namespace exocast::native {

constexpr std::size_t read_buffer_bytes = 4096;  // of a sender: answers are short

class SenderSession final : private ByteStream::Listener, private Runnable, private Timer {
 public:
  class Delivery;

  SenderSession(Scheduler& scheduler, Dialer& dialer, const NativeLinkOptions& options, NativeLinkMetrics& metrics,
                Random random);
  ~SenderSession();

  /// Awaited: how the batch ended. The messages, and `progress` if there is one, outlive the wait.
  Delivery deliver(std::span<const Message> batch, Deadline deadline, BatchProgress* progress = nullptr) noexcept;

  std::size_t message_bytes_max() const noexcept { return message_bytes_max_; }
  bool connected() const noexcept { return state_ == State::open; }

  /// Ends the connection, if there is one.
  void disconnect() {
    if (state_ != State::down) lose(LinkBreak::disconnected, "");
  }

 private:
  enum class State : unsigned char {
    down,
    greeting,  // the Hello is sent, the Welcome has not come
    open,
  };

  /// A batch that has its numbers and is not answered.
  struct Sent {
    Delivery* delivery;  // null once nobody waits for it any more
    std::uint64_t first;
    std::size_t messages;
    std::size_t bytes;
    std::uint64_t output_end;  // where it ends in what the output was given
    bool written = false;      // to a connection that is lost, and as a whole: the peer may have had it

    std::uint64_t last() const noexcept { return first + messages - 1; }
  };

  // sender_session.cpp: from a delivery to the wire
  void begin(Delivery& delivery);
  void wait(Delivery& delivery);
  void be_patient() noexcept;
  bool has_room_for(const Delivery& delivery) const noexcept;
  bool admit(Delivery& delivery);
  void queue(Delivery& delivery);
  void pump();
  void flush();
  void number(Delivery& delivery);

  // sender_settle.cpp: from an answer to a delivery
  bool settle(std::uint64_t handled, std::vector<RefusedNumber>& refused);
  void end_unsettled(const Status& error, std::string_view note_if_written);
  void forget(const Sent& sent) noexcept;
  void end_waiting(const Status& error);
  void fired() noexcept override;  // patience with a lost connection is over

  // sender_connection.cpp: the connection
  void connect_soon();
  task<void> connect();
  void greet(std::unique_ptr<ByteStream> stream);
  void lose(LinkBreak reason, std::string_view text, StatusCode code = StatusCode::unavailable);
  void on_readable() noexcept override;
  void on_writable() noexcept override;
  void run() noexcept override { on_readable(); }
  bool take_frames();
  bool take(Welcome& welcome);
  bool take(Ack& ack);
  bool take(Goodbye& goodbye);
  bool take(Hello& hello);
  bool take(Batch& batch);
  bool refuse(std::string_view why);

  Scheduler& scheduler_;
  Dialer& dialer_;
  const NativeLinkOptions& options_;
  NativeLinkMetrics& metrics_;
  Random random_;
  Backoff backoff_;
  const std::uint64_t id_;

  State state_ = State::down;
  std::unique_ptr<ByteStream> stream_;
  FrameReader reader_;
  Output output_;

  // What the peer has said.
  bool welcomed_ = false;  // ever
  std::uint64_t incarnation_ = 0;
  std::size_t message_bytes_max_;
  std::size_t window_messages_;
  std::size_t window_bytes_;

  std::uint64_t next_number_ = 1;
  std::uint64_t settled_ = 0;  // the messages up to this one are answered
  std::deque<Sent> sent_;
  std::size_t sent_messages_ = 0;
  std::size_t sent_bytes_ = 0;
  IntrusiveList<Runnable> waiting_;  // deliveries, in their order
  std::size_t waiting_count_ = 0;
  std::size_t live_ = 0;    // deliveries that have not ended
  std::size_t untold_ = 0;  // of those that a break has ended: who may send them again does not know it yet

  bool connecting_ = false;
  TimePoint not_before_{};  // when the next attempt may be made
  Status last_error_;
  Event greeted_;  // a Welcome has come, or the connection is lost
  Scope scope_;    // of connect(); last, as it uses the rest
};

/// Waits for the answer to a batch, for its deadline, or to be stopped.
class SenderSession::Delivery final : public Suspension, private Runnable, private Timer {
 public:
  Delivery(SenderSession& session, std::span<const Message> batch, Deadline deadline, BatchProgress* progress) noexcept
      : session_(session), batch_(batch), deadline_(deadline), progress_(progress) {}
  ~Delivery() { detach(); }

  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) {
    if (!suspend(handle)) return stop();
    ++session_.live_;
    state_ = State::begun;
    for (const Message& message : batch_) bytes_ += message.bytes();
    session_.begin(*this);
    return std::noop_coroutine();
  }
  BatchEnd await_resume() noexcept { return std::move(end_); }

 private:
  friend class SenderSession;
  enum class State : unsigned char { idle, begun, waiting, sent, ended, untold };

  void arm(TimePoint time) noexcept {
    if (time == TimePoint::max()) return disarm();
    session_.scheduler_.wake_at(*this, time);
  }
  void refuse(std::uint64_t number, Status error) {
    end_.refused.push_back({.index = static_cast<std::size_t>(number - sent_->first), .error = std::move(error)});
  }
  /// All messages have been answered.
  void answer() noexcept { end(batch_.size()); }
  /// Some have been, and the peer works on the others.
  void answer_some() noexcept {
    if (progress_ != nullptr) progress_->answered(answered(), end_.refused);
  }
  /// The first `answered` have been, the others not.
  void fail(std::size_t answered, Status error, bool resendable, std::string_view note = {});
  /// Because the connection broke: until that is told, whatever is given to the session ends in the same way, or it
  /// would overtake what is sent again.
  void lose(std::size_t answered, const Status& error, bool resendable, std::string_view note = {});
  void end(std::size_t answered) noexcept;
  /// Leaves the session.
  void detach() noexcept;

  void fired() noexcept override;
  void run() noexcept override;
  /// How many of its messages have been answered.
  std::size_t answered() const noexcept;

  SenderSession& session_;
  std::span<const Message> batch_;
  Deadline deadline_;
  BatchProgress* progress_;
  std::size_t bytes_ = 0;
  State state_ = State::idle;
  Sent* sent_ = nullptr;  // in state `sent`
  BatchEnd end_;
};

inline SenderSession::Delivery SenderSession::deliver(std::span<const Message> batch, Deadline deadline,
                                                      BatchProgress* progress) noexcept {
  return {*this, batch, deadline, progress};
}

}  // namespace exocast::native
