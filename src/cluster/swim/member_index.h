// SPDX-License-Identifier: Apache-2.0
#pragma once
// MemberIndex: members by id. Each piece of news is looked up, and with a thousand members each lookup misses the
// processor's caches; so the slots stand in a row, and one that is full tells by its hash whether it is meant.
// A hash table with linear probing (Knuth, vol. 3, 6.4, algorithms L and R), at most half full. Grows, never shrinks.
// A value; one thread. Lifetime: what is in it outlives it.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace exocast::swim {

struct MemberRecord;

class MemberIndex {
 public:
  /// The one with `id`, whose hash is `place`; null: none.
  MemberRecord* find(std::uint64_t place, std::string_view id) const noexcept;

  /// Puts it in by its `place` and id, which is not in it yet.
  void insert(MemberRecord& known);
  /// Takes out one that is in it.
  void erase(const MemberRecord& known) noexcept;

 private:
  struct Slot {
    std::uint64_t place = 0;
    MemberRecord* known = nullptr;  // null: free
  };

  std::size_t next(std::size_t slot) const noexcept { return (slot + 1) & (slots_.size() - 1); }
  std::size_t home(std::uint64_t place) const noexcept { return place & (slots_.size() - 1); }
  void put(Slot entry) noexcept;

  std::vector<Slot> slots_ = std::vector<Slot>(16);  // a power of two
  std::size_t count_ = 0;
};

}  // namespace exocast::swim
