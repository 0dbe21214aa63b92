// SPDX-License-Identifier: Apache-2.0
#pragma once
// Inbox: hands every message a node receives to all who subscribed, in the order of arrival.
//
// Each subscription is a bounded queue of its own. A message is accepted by all of them or by none: if one has no room,
// the message waits a little, so that a burst holds its sender back instead of failing; then it is refused and the
// sender's report shows it. So nothing that was accepted is lost, and memory stays bounded however slow a subscriber
// is. Who only looks on subscribes so that it misses messages instead, and is told how many. Threading: the one thread
// of its loop. Lifetime: outlives its subscriptions and those who wait.

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
#include "exocast/link.h"

namespace exocast {

/// Bounds of each subscription's queue.
struct InboxLimits {
  /// Messages. Default 1024: five seconds of a node that tells 200 tokens a second.
  std::size_t queued_messages = 1024;
  /// Bytes of messages. Default 64 MiB. An empty queue takes any one message, so that a large one can arrive at all.
  std::size_t queued_bytes = std::size_t{64} * 1024 * 1024;
  /// How long a message waits for room before it is refused; zero: not at all. How many wait is bounded by the servers.
  Duration patience = std::chrono::seconds(1);
};

/// What happens to a message that a subscription has no room for.
enum class WhenFull : std::uint8_t {
  hold_back,  ///< it waits, and is refused in the end
  miss,       ///< the oldest ones that wait give way to it: this subscription misses them, nobody else notices
};

struct SubscriptionOptions {
  /// Only messages of this request; nothing: all.
  std::optional<std::string> request_id = std::nullopt;
  WhenFull when_full = WhenFull::hold_back;
};

struct InboxMetrics {
  std::uint64_t accepted_total = 0;
  std::uint64_t refused_total = 0;  ///< because a subscription had no room
  std::uint64_t unheard_total = 0;  ///< accepted while nobody subscribed
  std::uint64_t waited_total = 0;   ///< that found no room at once
  std::uint64_t missed_total = 0;   ///< by subscriptions that rather miss messages, each counted for itself
  std::size_t waiting = 0;          ///< now
};

class Inbox {
 public:
  class Subscription;
  class Accepting;

  explicit Inbox(InboxLimits limits = {}) noexcept : limits_(limits) {}
  Inbox(const Inbox&) = delete;
  Inbox& operator=(const Inbox&) = delete;

  /// From now on, every accepted message that `options` asks for; until the subscription is destroyed. `name` is for
  /// error texts.
  std::unique_ptr<Subscription> subscribe(std::string name, SubscriptionOptions options = {});

  /// Queues `message` for every subscription, or refuses it at once with RESOURCE_EXHAUSTED and the name of the one
  /// that is full.
  std::expected<void, Status> accept(const Message& message);

  /// `co_await inbox.accept_soon(message)`: the same, but waits for room, `patience` at most. Messages are accepted in
  /// the order of the calls. The message outlives the wait.
  [[nodiscard]] Accepting accept_soon(const Message& message) noexcept;

  const InboxMetrics& metrics() const noexcept { return metrics_; }
  /// Of the subscription that has taken the fewest of its messages; 0 without one.
  std::size_t queued_messages_most() const noexcept;

 private:
  bool take(const Message& message);
  void take_waiting();
  const Subscription* full_for(const Message& message) const noexcept;
  Status refuse(const Message& message);

  InboxLimits limits_;
  InboxMetrics metrics_;
  std::vector<Subscription*> subscriptions_;
  IntrusiveList<Runnable> waiting_;  // Accepting, in the order of the calls
};

/// The wait of a message for room.
class Inbox::Accepting final : public Suspension, private Runnable, private Timer {
 public:
  Accepting(Inbox& inbox, const Message& message) noexcept : inbox_(inbox), message_(message) {}
  ~Accepting();

  bool await_ready();
  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) {
    if (!suspend(handle)) return stop();
    begin();
    return std::noop_coroutine();
  }
  std::expected<void, Status> await_resume();

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
  bool waiting_ = false;
  bool taken_ = false;
  std::optional<Status> refusal_;
};

class Inbox::Subscription {
 public:
  Subscription(Inbox& inbox, std::string name, SubscriptionOptions options);
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;
  ~Subscription();

  /// The next message, once there is one. One task at a time.
  task<Message> next();

  /// Whether next() has one without waiting.
  bool has_next() const noexcept { return !queue_.empty(); }

  /// How many messages it has missed right before the one that next() gave last, and has not been told of yet.
  std::size_t take_missed() noexcept { return std::exchange(missed_, 0); }

  std::size_t queued_messages() const noexcept { return queue_.size(); }
  std::size_t queued_bytes() const noexcept { return queued_bytes_; }

 private:
  friend class Inbox;
  bool has_room_for(const Message& message) const noexcept;
  bool takes(const Message& message) const noexcept;
  bool wants(const Message& message) const noexcept;
  void push(const Message& message);
  Message pop();

  Inbox& inbox_;
  std::string name_;
  SubscriptionOptions options_;
  std::deque<Message> queue_;
  std::size_t queued_bytes_ = 0;
  std::size_t missed_ = 0;  // before the first one of the queue, which is never empty then
  Event arrived_;
};

}  // namespace exocast
