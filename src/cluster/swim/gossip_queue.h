// SPDX-License-Identifier: Apache-2.0
#pragma once
// GossipQueue: of whom there is news, and how often it has been told.
//
// News travel on the back of what is said anyway; each is told some times the logarithm of the cluster's size, after
// which practically everybody has it (SWIM, 4.1), and what was told least goes first. Only of whom is kept: what is
// told is how a member stands at that moment, so an old state is never told after a new one. The queue is intrusive:
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
  /// Of whom there can be news: a base of it. In one queue at most.
  class Item : private Link {
   public:
    bool queued() const noexcept { return !is_alone(); }

   private:
    friend class GossipQueue;
    std::size_t told_ = 0;
  };

  /// There is news of `item`: it counts as never told.
  void add(Item& item) noexcept;

  /// Tells: calls `tell(item)` for one after another, least told first, each once, until it says that there is no room,
  /// which does not count, nor does that it is not for whom it is told. With `members` in the cluster. `tell` may not
  /// change the queue.
  enum class Told : std::uint8_t { yes, not_for_it, no_room };
  void tell(std::size_t members, const std::function<Told(const Item&)>& tell);

  bool empty() const noexcept;

  /// How often each is told: 4 times the binary digits of `members`. Two of three go to neighbours on the ring, who
  /// have it already; the others are enough that hardly ever one of a thousand is left out.
  static std::size_t times(std::size_t members) noexcept;

 private:
  static constexpr std::size_t times_max = 128;

  std::array<Link, times_max> told_;  // by how often, in each the longest waiting first
};

}  // namespace exocast::swim
