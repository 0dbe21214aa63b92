// SPDX-License-Identifier: Apache-2.0
#pragma once
// SenderSession: the sending end of one session of a native link. Internal to this folder.
//
// It numbers the messages, writes them to its connection, and settles them by the peer's answers. When the connection
// is lost it makes another; the peer's Welcome then says how many messages were handled, which settles everything that
// was under way. No delivery resumes inside a call: ended ones are posted, in order. One thread. Lifetime: outlives
// its deliveries; scheduler, dialer, options and metrics outlive it.

#include <array>
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

constexpr std::size_t read_buffer_bytes = 4096;  // for a sender: answers are short

class SenderSession final : private ByteStream::Listener, private Runnable, private Timer {
 public:
  class PendingBatch;

  SenderSession(Scheduler& scheduler, Dialer& dialer, const NativeLinkOptions& options, NativeLinkMetrics& metrics,
                Random random);
  ~SenderSession();

  /// Awaited: the end of the batch. As Link::deliver_all().
  PendingBatch deliver(MessageBatch batch, const BatchOptions& options) noexcept;

  /// Tells the peer how far `log` is settled, if it was sent messages of that log and does not know it.
  void tell(const LogProgress& log);

  std::size_t message_bytes_max() const noexcept { return message_bytes_max_; }
  bool connected() const noexcept { return state_ == State::open; }

  /// Ends the connection, if there is one.
  void disconnect() {
    if (state_ != State::down) lose(LinkBreak::disconnected, "");
  }

 private:
  enum class State : unsigned char {
    down,
    greeting,  // the Hello is sent, the Welcome has not arrived
    open,
  };

  /// A batch that has numbers and no answer yet.
  struct Sent {
    PendingBatch* delivery;  // null once no task waits for it
    std::uint64_t first;
    std::size_t messages;
    std::size_t bytes;
    std::uint64_t output_end;  // the output's total at the end of this batch
    bool written = false;      // completely, to a lost connection: the peer may have received it

    std::uint64_t last() const noexcept { return first + messages - 1; }
  };

  /// A log that messages of this session are in, and what the peer was told of it on this connection.
  struct ToldLog {
    std::shared_ptr<const LogProgress> log;
    std::uint64_t settled = 0;

    bool has_news() const noexcept { return log != nullptr && settled != log->settled(); }
    bool has_losses() const;
  };

  // sender_session.cpp: from a delivery to the wire
  void begin(PendingBatch& delivery);
  void wait(PendingBatch& delivery);
  void be_patient() noexcept;
  bool has_room_for(const PendingBatch& delivery) const noexcept;
  bool admit(PendingBatch& delivery);
  bool carries(const Message& message) const noexcept;
  Item item_of(const Message& message) const noexcept;
  std::string_view framed(const Message& message) const noexcept;
  void queue(PendingBatch& delivery);
  void pump();
  void flush();
  void number(PendingBatch& delivery);

  // sender_logs.cpp: how far the messages are settled at all receivers
  void add_log(const BatchOptions& options, BatchLayout& layout);
  void write_news(ToldLog& told);
  void tell_news();
  void forget_told() noexcept;

  // sender_settle.cpp: from an answer to a delivery
  bool settle(std::uint64_t handled, std::vector<RefusedNumber>& refused);
  void end_unsettled(const Status& error, std::string_view note_if_written);
  void forget(const Sent& sent) noexcept;
  void end_waiting(const Status& error);
  void fired() noexcept override;  // the time to wait for a new connection is over

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
  bool take(LogNews& news);
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

  // What the peer has announced.
  bool welcomed_ = false;  // true after the first Welcome
  std::uint64_t incarnation_ = 0;
  std::uint32_t version_ = wire_version_max;
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
  std::size_t untold_ = 0;  // ended by a break as resendable; their callers have not resumed yet

  std::array<ToldLog, all_stream_classes.size()> logs_;  // one of each class
  const LogProgress* named_log_ = nullptr;               // the last one that was named on this connection
  bool news_due_ = false;                                // there may be news that the output had no room for

  bool connecting_ = false;
  TimePoint not_before_{};  // time of the next attempt
  Status last_error_;
  Event greeted_;  // a Welcome has arrived, or the connection is lost
  Scope scope_;    // of connect(); last, as it uses the other members
};

/// Waits for the answer to a batch, for its deadline, or to be stopped.
class SenderSession::PendingBatch final : public Suspension, private Runnable, private Timer {
 public:
  PendingBatch(SenderSession& session, MessageBatch batch, const BatchOptions& options) noexcept
      : session_(session), batch_(batch), options_(options) {}
  ~PendingBatch() { detach(); }

  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) {
    if (!suspend(handle)) return stop();
    ++session_.live_;
    state_ = State::begun;
    for (const Message* message : batch_) bytes_ += message->bytes();
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
  void refuse(std::uint64_t number, Status error);
  /// All messages were answered.
  void answer() noexcept { end(batch_.size()); }
  /// Some were, and the peer works on the others.
  void answer_some() noexcept {
    if (options_.progress != nullptr) options_.progress->answered(answered(), end_.refused);
  }
  /// Only the first `answered` were.
  void fail(std::size_t answered, Status error, bool resendable, std::string_view note = {});
  /// Ends it because the connection broke. Until its caller has resumed, every batch given to the session ends in the
  /// same way; otherwise it would overtake the resent messages.
  void lose(std::size_t answered, const Status& error, bool resendable, std::string_view note = {});
  void end(std::size_t answered) noexcept;
  /// Leaves the session.
  void detach() noexcept;

  void fired() noexcept override;
  void run() noexcept override;
  /// How many of its messages have been answered.
  std::size_t answered() const noexcept;

  SenderSession& session_;
  MessageBatch batch_;
  BatchOptions options_;
  std::size_t bytes_ = 0;
  State state_ = State::idle;
  Sent* sent_ = nullptr;  // in state `sent`
  BatchEnd end_;
};

inline SenderSession::PendingBatch SenderSession::deliver(MessageBatch batch, const BatchOptions& options) noexcept {
  return {*this, batch, options};
}

}  // namespace exocast::native
