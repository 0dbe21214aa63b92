// SPDX-License-Identifier: Apache-2.0
#pragma once
// SimLoop: a RunLoop on virtual time whose every choice comes from one number, the seed.
//
// Timers of the same moment fire in an order drawn from the seed, and whoever simulates delays and faults draws them
// from random(). So a run is one of many possible histories, the same seed gives the same history again, and thousands
// of nodes live hours in one thread within a second. What is posted still runs in the order of posting: the order of
// events varies, not the scheduler's promises.
// Threading: one thread, no locks.
// Lifetime: as RunLoop.

#include <cstdint>
#include <string_view>

#include "exocast/gather/run_loop.h"

namespace exocast {

/// Random numbers from a seed, the same on every machine: SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom
/// number generators", 2014). A uniform random bit generator for <random> and <algorithm>, too; but how those use it
/// differs between standard libraries, so a history that must repeat everywhere uses the functions below.
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

namespace detail {
struct SimClock {  // a base, so that it is there before RunLoop reads it
  VirtualClock clock;
};
}  // namespace detail

class SimLoop final : private detail::SimClock, public RunLoop {
 public:
  explicit SimLoop(std::uint64_t seed) noexcept : RunLoop(clock), seed_(seed), ties_(random("ties")) {}

  std::uint64_t seed() const noexcept { return seed_; }

  /// Lets `time` pass at once, as for a process that was stopped, or a machine that slept: whatever was due meanwhile
  /// is late, and comes in its order in the next turn.
  void stand_still(Duration time) noexcept { clock.sleep_until(now() + time); }

  /// The random numbers for `purpose`: the same ones for the same seed and purpose, unlike those for any other. One for
  /// each user ("delay of link 7"), so that what one draws does not change what another gets.
  Random random(std::string_view purpose) const noexcept {
    std::uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
    for (const char c : purpose) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
    return Random(Random(seed_)() ^ hash);
  }

 protected:
  std::uint64_t tie() noexcept override { return ties_(); }

 private:
  std::uint64_t seed_;
  Random ties_;
};

}  // namespace exocast
