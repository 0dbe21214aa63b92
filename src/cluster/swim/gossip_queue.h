// SPDX-License-Identifier: Apache-2.0
#pragma once
// GossipQueue: the members with updates to send, by how often each update has been sent.
//
// Updates are piggybacked on other datagrams. Each is sent a multiple of the logarithm of the cluster's size, after
// which nearly every member has it (SWIM, 4.1); those sent least often go first. The queue holds members, not states:
// what is sent is the member's state at that moment, so an old state never follows a new one. The queue is intrusive:
// it allocates nothing, and a member that is destroyed leaves it. A value without a clock; one thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace exocast::swim {

class GossipQueue {
  struct Link {
    Link() noexcept : before(this), behind(this) {}
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() { unlink(); }

    bool is_alone() const noexcept { return behind == this; }
    void unlink() noexcept {
      before->behind = behind;
      behind->before = before;
      before = behind = this;
    }
    /// Joins the circle of `end`, in front of it; alone until then.
    void link(Link& end) noexcept {
      before = end.before;
      behind = &end;
      before->behind = end.before = this;
    }

    Link* before;
    Link* behind;
  };

 public:
  /// The base of a member; in one queue at most.
  class Item : private Link {
   public:
    bool queued() const noexcept { return !is_alone(); }

   private:
    friend class GossipQueue;
    std::size_t times_sent_ = 0;
  };

  /// Queues an update about `item`; it counts as not sent yet.
  void add(Item& item) noexcept;

  /// Calls `send(item)` for each item once, least sent first, until it returns `no_room`. Only `sent` counts as sent;
  /// an item that was sent times(`members`) leaves the queue. `send` may not change the queue.
  enum class Sent : std::uint8_t { sent, not_for_receiver, no_room };
  void send(std::size_t members, const std::function<Sent(const Item&)>& send);

  bool empty() const noexcept;

  /// How often each update is sent: 4 times the binary digits of `members`. Two of three go to neighbours on the ring,
  /// which have it already; with the others hardly ever one of a thousand members is left out.
  static std::size_t times(std::size_t members) noexcept;

 private:
  static constexpr std::size_t times_max = 128;

  std::array<Link, times_max> by_times_sent_;  // in each the longest waiting first
};

}  // namespace exocast::swim
