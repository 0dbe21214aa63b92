// SPDX-License-Identifier: Apache-2.0
#pragma once
// Inbox: gives every message that a node receives to all subscriptions, in the order of arrival.
//
//   auto subscription = node.inbox().subscribe("printer");
//   for (;;) print("{}", to_json_line(co_await subscription->next()));
//
// Each subscription is a bounded queue. A message is accepted by all subscriptions or by none: if one has no room, the
// message waits for InboxLimits::patience, which slows its sender down. Then it is refused, and the sender's report
// says so. So no accepted message is lost, and memory stays bounded with any slow subscriber. A subscription that only
// observes can choose to miss messages instead (WhenFull::miss); take_missed() counts them, and those that their sender
// did not send to this node.
// Threading: the one thread of its loop. Lifetime: outlives its subscriptions and all waiting messages.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exocast/gather/event.h"
#include "exocast/gather/scheduler.h"
#include "exocast/gather/task.h"
#include "exocast/log_progress.h"
#include "exocast/message.h"
#include "exocast/status.h"

namespace exocast {

/// Bounds of the queue of each subscription.
struct InboxLimits {
  /// Messages in the queue. Default 1024: five seconds of a node that sends 200 tokens a second.
  std::size_t queued_messages = 1024;
  /// Bytes of these messages. Default 64 MiB. An empty queue accepts a single message of any size.
  std::size_t queued_bytes = std::size_t{64} * 1024 * 1024;
  /// How long a message waits for room before it is refused; 0: refused at once. The servers bound how many wait.
  Duration patience = std::chrono::seconds(1);
};

/// What happens to a message that a subscription has no room for.
enum class WhenFull : std::uint8_t {
  hold_back,  ///< the message waits for room, and is refused if there is none in time
  miss,       ///< this subscription drops its oldest messages to make room; no other subscription is affected
};

/// What a subscription gets.
struct SubscriptionOptions {
  std::optional<std::string> request_id = std::nullopt;  ///< only messages of this request; nullopt: all messages
  std::optional<std::string> topic = std::nullopt;       ///< only data of this topic; nullopt: all messages
  WhenFull when_full = WhenFull::hold_back;              ///< default: no message is lost

  /// Whether `message` is one of them.
  bool wants(const Message& message) const noexcept;
};

/// Numbers of messages; totals since the start.
struct InboxMetrics {
  std::uint64_t accepted_total = 0;  ///< by all subscriptions
  std::uint64_t refused_total = 0;   ///< because a subscription had no room
  std::uint64_t unheard_total = 0;   ///< accepted while there was no subscription
  std::uint64_t waited_total = 0;    ///< that had to wait for room
  std::uint64_t missed_total = 0;    ///< dropped by subscriptions with WhenFull::miss; counted in each of them
  std::uint64_t unsent_total = 0;    ///< that their senders did not send to this node
  std::size_t waiting = 0;           ///< that wait for room, now
};

/// Distributes received messages to subscriptions; see Node::inbox().
class Inbox {
 public:
  class Subscription;
  class Accepting;

  explicit Inbox(InboxLimits limits = {}) noexcept : limits_(limits) {}  ///< without subscriptions
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// A queue of the messages that are accepted from now on and match `options`. It ends when it is destroyed. `name`
  /// appears in the error of a refused message. Never null.
  std::unique_ptr<Subscription> subscribe(std::string name, SubscriptionOptions options = {});

  /// Queues `message` for every subscription. If one has no room, fails at once with RESOURCE_EXHAUSTED and the name of
  /// the full subscription. `origin`: where it comes from, if that is known.
  std::expected<void, Status> accept(const Message& message, const Origin& origin = {});

  /// Queues `message` for every subscription and takes it. False if one has no room or a message waits for room: then
  /// nothing has changed.
  bool accept_now(Message& message, const Origin& origin = {});

  /// `co_await inbox.accept_soon(message)`: like accept(), but waits for room, for InboxLimits::patience at most.
  /// Messages are accepted in the order of the calls. `message` outlives the wait.
  [[nodiscard]] Accepting accept_soon(const Message& message, const Origin& origin = {}) noexcept;

  /// Tells every subscription that `messages` will not come, of any request: their sender did not send them to this
  /// node, which had fallen behind.
  void missed(std::uint64_t messages) noexcept;

  const InboxMetrics& metrics() const noexcept { return metrics_; }  ///< live values
  /// Messages in the longest queue of a subscription; 0 without subscriptions.
  std::size_t queued_messages_most() const noexcept;

 private:
  bool take(const Message& message, const Origin& origin);
  void give(Message message, const Origin& origin);
  void take_waiting();
  const Subscription* full_for(const Message& message) const noexcept;
  Status refuse(const Message& message);

  InboxLimits limits_;
  InboxMetrics metrics_;
  std::vector<Subscription*> subscriptions_;
  IntrusiveList<Runnable> waiting_;  // Accepting, in the order of the calls
};

/// The awaitable of accept_soon(): one message that waits for room.
class Inbox::Accepting final : public Suspension, private Runnable, private Timer {
 public:
  /// @cond internal
  Accepting(Inbox& inbox, const Message& message, const Origin& origin) noexcept
      : inbox_(inbox), message_(message), origin_(origin) {}
  ~Accepting();

  bool await_ready();
  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) {
    if (!suspend(handle)) return stop();
    begin();
    return std::noop_coroutine();
  }
  std::expected<void, Status> await_resume();
  /// @endcond

 private:
  friend class Inbox;
  void begin() noexcept;
  void end() noexcept;
  void go_on() noexcept;
  void run() noexcept override;
  void fired() noexcept override;
  void on_stop() noexcept override;

  Inbox& inbox_;
  const Message& message_;
  Origin origin_;
  bool waiting_ = false;
  bool taken_ = false;
  std::optional<Status> refusal_;
};

/// A bounded queue of messages, made by Inbox::subscribe().
class Inbox::Subscription {
 public:
  Subscription(Inbox& inbox, std::string name, SubscriptionOptions options);  ///< as subscribe()
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription();

  /// Waits for the next message and takes it out of the queue. One task at a time.
  task<Message> next();

  /// Waits until has_next(). In place of next(), by the one task.
  task<void> ready();

  /// Whether next() would return at once.
  bool has_next() const noexcept { return !queue_.empty(); }

  /// next() without waiting, and without a task: nullopt if there is no message.
  std::optional<Message> next_now();

  /// The number of messages that were dropped or not sent since the last call; right after next(), those directly
  /// before its message.
  std::uint64_t take_missed() noexcept { return std::exchange(missed_, 0); }

  /// Where the message that next() returned last comes from: for SenderLogs::stability(). No position if that is not
  /// known, or before the first message.
  const Origin& origin() const noexcept { return origin_; }

  std::size_t queued_messages() const noexcept { return queue_.size(); }  ///< messages in the queue
  std::size_t queued_bytes() const noexcept { return queued_bytes_; }     ///< and their Message::bytes()

 private:
  friend class Inbox;
  bool has_room_for(const Message& message) const noexcept;
  bool takes(const Message& message) const noexcept;
  void push(Message message, const Origin& origin);

  struct Queued {
    Message message;
    std::uint64_t missed;  // directly before it
    Origin origin;
  };
  Queued pop();

  Inbox& inbox_;
  std::string name_;
  SubscriptionOptions options_;
  std::deque<Queued> queue_;
  std::size_t queued_bytes_ = 0;
  std::uint64_t missed_ = 0;              // before the first message of the queue, and not taken yet
  std::uint64_t missed_before_next_ = 0;  // before the next one that comes
  Origin origin_;                         // of the message that next() returned last
  Event arrived_;
};

}  // namespace exocast
