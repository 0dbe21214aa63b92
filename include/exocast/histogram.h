// SPDX-License-Identifier: Apache-2.0
#pragma once
// LatencyHistogram: quantiles of any number of latencies in 9 KiB.
//
//   LatencyHistogram latencies;
//   latencies.record(3ms);
//   Duration p99 = latencies.quantile(0.99);
//
// Log-linear buckets, as in HDR Histogram (G. Tene, http://hdrhistogram.org): each doubling of the time has 32 equal
// buckets. So the error of a quantile is at most 1/64 (1.6 %) from 64 ns to 2^40 ns (18 min). Below 64 ns quantiles are
// exact; longer readings count as 18 min, except in max() and sum_ms(). Recording is a shift and a few additions, and
// allocates nothing. A plain value; one thread.

#include <array>
#include <cstddef>
#include <cstdint>

#include "exocast/gather/deadline.h"

namespace exocast {

/// Counts latencies by their length.
class LatencyHistogram {
 public:
  /// The largest relative error of a quantile.
  static constexpr double error_max = 1.0 / 64;

  /// Adds `count` readings of `latency`; a negative latency counts as zero.
  void record(Duration latency, std::uint64_t count = 1) noexcept;

  /// Adds all readings of `other`, such as those of another peer.
  void merge(const LatencyHistogram& other) noexcept;

  std::uint64_t count() const noexcept { return count_; }  ///< number of readings

  /// The shortest reading, exact; zero without readings.
  Duration min() const noexcept { return count_ == 0 ? Duration::zero() : min_; }
  Duration max() const noexcept { return max_; }            ///< the longest reading, exact; zero without readings
  double sum_ms() const noexcept { return sum_ns_ / 1e6; }  ///< sum of all readings, in ms

  /// The latency that the share `q` of the readings, 0 to 1, did not exceed, within error_max: 0.5 is the median, 0 the
  /// minimum, 1 the maximum. Zero without readings.
  Duration quantile(double q) const noexcept;

  /// The number of readings up to 2^`bits` - 1 ns; exact for `bits` from 0 to 39, all readings from 40 on.
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
