// SPDX-License-Identifier: Apache-2.0
#pragma once
// ReplayWindow: takes each signed datagram once. It remembers which ones came, for as long as their times are believed,
// so that a recording is worth nothing (as in RFC 4303, 3.4.3, but for datagrams of many senders without numbers).
//
// A value without a clock. One thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_set>

namespace exocast {

/// The time of day, which the clocks of a cluster roughly agree on.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

class ReplayWindow {
 public:
  /// How far clocks may differ: what is older or newer is refused.
  static constexpr std::chrono::seconds skew_max{30};
  /// Datagrams remembered, of twice skew_max at most: 1,000 a second. About 40 bytes each.
  static constexpr std::size_t remembered_max = 65'536;

  enum class Verdict : std::uint8_t {
    fresh,     ///< the first one; remembered
    skewed,    ///< its time is too far from ours
    replayed,  ///< it came before
    full,      ///< no room to remember it: more than remembered_max came, and all may still be repeated
  };

  /// Judges a datagram sent at `sent` with the number `nonce`; call it only for those whose signature is right.
  Verdict admit(WallTime now, WallTime sent, std::uint64_t nonce);

  std::size_t remembered() const noexcept { return remembered_; }

 private:
  void forget_before(std::chrono::sys_seconds second) noexcept;

  std::map<std::chrono::sys_seconds, std::unordered_set<std::uint64_t>> nonces_;  // by the second they were sent in
  std::size_t remembered_ = 0;
};

}  // namespace exocast
