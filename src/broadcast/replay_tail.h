// SPDX-License-Identifier: Apache-2.0
#pragma once
// ReplayTail: the last messages of one class, and the newest message of each key, for Broadcaster::replay().
//
//   ReplayTail tail({.messages = 100});
//   tail.add(position, message, "weights");
//   for (const Replayed& one : tail.after(7, origin)) …
//
// Threading: one thread.

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "exocast/replay.h"

namespace exocast::detail {

class ReplayTail {
 public:
  explicit ReplayTail(const ReplayLimits& limits) noexcept : limits_(limits) {}
  ReplayTail(const ReplayTail&) = delete;
  ReplayTail& operator=(const ReplayTail&) = delete;

  /// Whether it keeps anything.
  bool is_on() const noexcept { return limits_.messages > 0; }

  /// Keeps `message` at `position`, which is above all earlier ones; "": it has no key. It must be on.
  void add(std::uint64_t position, const Message& message, std::string_view key);

  /// The kept messages above position `after`, in order. Their origins are `of` with their positions.
  std::vector<Replayed> after(std::uint64_t after, Origin of) const;

  std::size_t messages() const noexcept { return kept_.size(); }
  std::size_t bytes() const noexcept { return bytes_; }  ///< of the messages and their keys

 private:
  struct Kept {
    Message message;
    std::string key;
    std::size_t bytes() const noexcept { return message.bytes() + key.size(); }
  };
  using Messages = std::map<std::uint64_t, Kept>;  // by position

  bool is_newest_of_key(Messages::iterator at) const;
  void forget_key(std::string_view key);
  void forget(Messages::iterator at);
  void forget_oldest();

  ReplayLimits limits_;
  Messages kept_;            // first the older ones with keys, then the last messages
  Messages::iterator last_;  // the first of the last messages, if there are any
  std::size_t last_count_ = 0;
  std::size_t bytes_ = 0;
  std::unordered_map<std::string, std::uint64_t> newest_;  // by key; only kept ones
};

}  // namespace exocast::detail
