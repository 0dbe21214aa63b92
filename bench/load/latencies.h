// SPDX-License-Identifier: Apache-2.0
#pragma once
// Latencies: percentiles of durations, in constant memory.
//
// A histogram whose buckets are 1/128 of their power of two wide: a percentile is at most 0.8 % too high. Longer times
// than 2^40 ns (18 minutes) count as that. One thread.

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>

namespace exocast::bench {

class Latencies {
 public:
  void add(double ns) noexcept {
    ++buckets_[bucket_of(static_cast<std::uint64_t>(std::clamp(ns, 0.0, longest_ns)))];
    ++count_;
  }

  std::uint64_t count() const noexcept { return count_; }

  /// The quantile `share` (0 to 1) in ns; 0 if there are no times.
  double percentile_ns(double share) const noexcept {
    const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_)));
    std::uint64_t seen = 0;
    for (std::size_t bucket = 0; bucket < buckets_.size(); ++bucket) {
      seen += buckets_[bucket];
      if (seen > 0 && seen >= wanted) return upper_end_ns(bucket);
    }
    return 0;
  }

 private:
  static constexpr unsigned fine_bits = 7;  // 128 buckets per power of two
  static constexpr std::uint64_t fine = std::uint64_t{1} << fine_bits;
  static constexpr unsigned powers = 40;
  static constexpr double longest_ns = 1.0995e12;  // just under 2^40

  // Below 2^7 each number has its own bucket; above, the seven bits after the highest one select it.
  static constexpr std::size_t bucket_of(std::uint64_t ns) noexcept {
    if (ns < fine) return ns;
    const unsigned shift = static_cast<unsigned>(std::bit_width(ns)) - fine_bits - 1;
    return (shift + 1) * fine + ((ns >> shift) - fine);
  }
  static constexpr double upper_end_ns(std::size_t bucket) noexcept {
    if (bucket < fine) return static_cast<double>(bucket);
    const std::size_t shift = bucket / fine - 1;
    return static_cast<double>(((bucket % fine + fine + 1) << shift) - 1);
  }

  std::array<std::uint64_t, (powers - fine_bits + 1) * fine> buckets_{};
  std::uint64_t count_ = 0;
};

}  // namespace exocast::bench
