// SPDX-License-Identifier: Apache-2.0
#include "exocast/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numeric>

namespace exocast {

std::size_t LatencyHistogram::index_of(std::uint64_t value_ns) noexcept {
  const std::uint64_t value = std::min(value_ns, (std::uint64_t{1} << value_bits) - 1);
  if (value < linear) return value;
  const auto doubling = static_cast<unsigned>(std::bit_width(value)) - linear_bits;  // 1 or more
  return linear + (doubling - 1) * per_doubling + ((value >> doubling) - per_doubling);
}

std::uint64_t LatencyHistogram::middle_of(std::size_t index) noexcept {
  if (index < linear) return index;
  const std::size_t doubling = (index - linear) / per_doubling + 1;
  const std::uint64_t least = ((index - linear) % per_doubling + per_doubling) << doubling;
  return least + (std::uint64_t{1} << doubling) / 2;
}

void LatencyHistogram::record(Duration latency, std::uint64_t count) noexcept {
  if (count == 0) return;
  latency = std::max(latency, Duration::zero());
  counts_[index_of(static_cast<std::uint64_t>(latency.count()))] += count;
  count_ += count;
  sum_ns_ += static_cast<double>(latency.count()) * static_cast<double>(count);
  min_ = std::min(min_, latency);
  max_ = std::max(max_, latency);
}

void LatencyHistogram::merge(const LatencyHistogram& other) noexcept {
  for (std::size_t i = 0; i < buckets; ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ns_ += other.sum_ns_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

Duration LatencyHistogram::quantile(double q) const noexcept {
  if (count_ == 0) return Duration::zero();
  const double rank = std::ceil(q * static_cast<double>(count_));  // of the reading at quantile q, from 1
  if (!(rank > 1)) return min_;
  if (rank >= static_cast<double>(count_)) return max_;
  std::uint64_t seen = 0;
  std::size_t index = 0;
  while (index < buckets - 1 && static_cast<double>(seen += counts_[index]) < rank) ++index;
  return std::clamp(Duration(static_cast<Duration::rep>(middle_of(index))), min_, max_);
}

std::uint64_t LatencyHistogram::count_below_power(unsigned bits) const noexcept {
  const std::size_t end = bits >= value_bits ? buckets : index_of(std::uint64_t{1} << bits);
  return std::accumulate(counts_.begin(), counts_.begin() + static_cast<std::ptrdiff_t>(end), std::uint64_t{0});
}

}  // namespace exocast
