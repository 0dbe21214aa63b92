// SPDX-License-Identifier: Apache-2.0
#pragma once
// LatencyHistogram: how long things took, for quantiles of any number of readings in fixed memory.
//
// Log-linear buckets, as in HDR Histogram (G. Tene, http://hdrhistogram.org): each doubling of the time is divided into
// 32 equal buckets. So a quantile is wrong by at most 1/64 (1.6 %) of itself, from 64 ns (below it is exact) to 2^40 ns
// (18 min; what took longer counts there, only the maximum tells how long). 9 KiB, whatever it holds; recording is a
// shift and a few additions, and allocates nothing. Those of several peers, or nodes, can be added up.
// A plain value; one thread.

#include <array>
#include <cstddef>
#include <cstdint>

#include "exocast/gather/deadline.h"

namespace exocast {

class LatencyHistogram {
 public:
  /// The largest relative error of a quantile.
  static constexpr double error_max = 1.0 / 64;

  /// `count` things took `latency` each; negative counts as zero.
  void record(Duration latency, std::uint64_t count = 1) noexcept;

  /// Adds all that `other` holds.
  void merge(const LatencyHistogram& other) noexcept;

  std::uint64_t count() const noexcept { return count_; }

  /// Exact; zero if nothing was recorded.
  Duration min() const noexcept { return count_ == 0 ? Duration::zero() : min_; }
  Duration max() const noexcept { return max_; }
  double sum_ms() const noexcept { return sum_ns_ / 1e6; }

  /// What the share `q` of the readings, from 0 to 1, did not exceed, to error_max: 0.5 is the median, 0 the minimum, 1
  /// the maximum. Zero if nothing was recorded.
  Duration quantile(double q) const noexcept;

  /// How many readings were at most 2^`bits` - 1 ns; exact for `bits` from 0 to 40.
  std::uint64_t count_below_power(unsigned bits) const noexcept;

 private:
  static constexpr unsigned linear_bits = 6;  // below 2^6 each value has a bucket of its own
  static constexpr unsigned value_bits = 40;
  static constexpr std::size_t per_doubling = 32;
  static constexpr std::size_t linear = std::size_t{1} << linear_bits;
  static constexpr std::size_t buckets = linear + (value_bits - linear_bits) * per_doubling;

  static std::size_t index_of(std::uint64_t value_ns) noexcept;
  static std::uint64_t middle_of(std::size_t index) noexcept;

  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  double sum_ns_ = 0;  // as an integer it could overflow within weeks
  Duration min_ = Duration::max();
  Duration max_ = Duration::zero();
};

}  // namespace exocast
