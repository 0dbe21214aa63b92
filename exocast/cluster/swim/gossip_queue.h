// SPDX-License-Identifier: Apache-2.0
#pragma once
// GossipQueue: of whom there is news, and how often it has been told.
//
// News travel on the back of what is said anyway; each is told some times the logarithm of the cluster's size, after
// which practically everybody has it (SWIM, 4.1), and what was told least goes first. Only the names are kept: what is
// told is how a member stands at that moment, so an old state is never told after a new one. One entry a member, so as
// many as there are members. A value without a clock; one thread.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace exocast::swim {

class GossipQueue {
 public:
  /// There is news of `id`: it counts as never told.
  void add(std::string_view id);

  void remove(std::string_view id);

  /// Tells: calls `tell(id)` for one after another, least told first, each once, until it says that there is no room,
  /// which does not count. With `members` in the cluster. `tell` may not change the queue.
  enum class Told : std::uint8_t { yes, no_room, unknown };
  void tell(std::size_t members, const std::function<Told(const std::string&)>& tell);

  bool empty() const noexcept { return entries_.empty(); }
  std::size_t size() const noexcept { return entries_.size(); }

  /// How often each is told: 4 times the binary digits of `members`. Two of three go to neighbours on the ring, who
  /// have it already; the others are enough that hardly ever one of a thousand is left out.
  static std::size_t times(std::size_t members) noexcept;

 private:
  struct Place {
    std::size_t told;
    std::uint64_t version;  // unique
    auto operator<=>(const Place&) const = default;
  };

  std::map<std::string, Place, std::less<>> entries_;
  std::map<Place, std::string> in_order_;
  std::uint64_t versions_ = 0;
};

}  // namespace exocast::swim
