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

#include "base/random.h"
#include "exocast/gather/run_loop.h"

namespace exocast {

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
