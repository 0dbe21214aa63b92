// SPDX-License-Identifier: Apache-2.0
#pragma once
// Random: seeded random numbers for jitter, probes and simulations. Not for secrets. A value; one thread at a time.

#include <cstdint>

#include "exocast/gather/deadline.h"

namespace exocast {

/// Seeded random numbers, the same on every machine: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
/// number generators", 2014). It is also a uniform random bit generator for <random> and <algorithm>, but their results
/// differ between standard libraries. A history that must repeat everywhere uses the functions below.
class Random {
 public:
  using result_type = std::uint64_t;
  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return UINT64_MAX; }

  explicit constexpr Random(std::uint64_t seed) noexcept : state_(seed) {}

  constexpr result_type operator()() noexcept {
    state_ += 0x9e3779b97f4a7c15;
    std::uint64_t mixed = state_;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
    return mixed ^ (mixed >> 31);
  }

  /// A number from 0 to `bound` - 1; `bound` is 1 or more.
  constexpr std::uint64_t below(std::uint64_t bound) noexcept {
    // The high half of a 128-bit product (Lemire 2019), without its rejection step: uniform to bound / 2^64.
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>((Wide((*this)()) * bound) >> 64);
  }

  /// True with `probability`, from 0 to 1.
  constexpr bool chance(double probability) noexcept {
    return static_cast<double>((*this)() >> 11) * 0x1p-53 < probability;
  }

  /// A duration from `least` to `most`, both included; `least` <= `most`.
  constexpr Duration between(Duration least, Duration most) noexcept {
    return least + Duration(static_cast<Duration::rep>(below(static_cast<std::uint64_t>((most - least).count()) + 1)));
  }

 private:
  std::uint64_t state_;
};

/// A seed that the system draws: different in every process, and each time. Any thread.
std::uint64_t random_seed();

}  // namespace exocast
