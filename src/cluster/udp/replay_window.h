// SPDX-License-Identifier: Apache-2.0
#pragma once
// ReplayWindow: accepts each signed datagram once. It remembers datagrams for as long as their timestamps are valid,
// so a recorded one cannot be replayed (as in RFC 4303, 3.4.3, but for many senders and without sequence numbers).
//
// A value without a clock. One thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <unordered_set>

namespace exocast {

/// The time of day; the clocks of a cluster agree roughly.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

class ReplayWindow {
 public:
  /// The largest difference from our clock: older and newer datagrams are refused.
  static constexpr std::chrono::seconds skew_max{30};
  /// Datagrams remembered, from a period of at most twice skew_max: about 1,000 a second, 40 bytes each.
  static constexpr std::size_t remembered_max = 65'536;

  enum class Verdict : std::uint8_t {
    fresh,     ///< new; now remembered
    skewed,    ///< its time differs too much from ours
    replayed,  ///< received before
    full,      ///< no room to remember it: remembered_max datagrams were received, and could still be replayed
  };

  /// Judges a datagram sent at `sent` with `nonce`. Call it only after the signature was verified.
  Verdict admit(WallTime now, WallTime sent, std::uint64_t nonce);

  std::size_t remembered() const noexcept { return remembered_; }

 private:
  void forget_before(std::chrono::sys_seconds second) noexcept;

  std::map<std::chrono::sys_seconds, std::unordered_set<std::uint64_t>> nonces_;  // by the second of sending
  std::size_t remembered_ = 0;
};

}  // namespace exocast
