// SPDX-License-Identifier: Apache-2.0
#pragma once
// SimLoop: a RunLoop on virtual time whose every choice comes from one number, the seed.
//
// Timers of the same moment fire in random order, and simulations draw delays and faults from random(). So a run is one
// of many possible histories, the same seed gives the same history, and one thread simulates hours of thousands of
// nodes within a second. Posted work still runs in the order of posting: the order of events varies, not the
// scheduler's promises.
// Threading: one thread, no locks. Lifetime: as RunLoop.

#include <cstdint>
#include <string_view>

#include "base/random.h"
#include "exocast/gather/run_loop.h"

namespace exocast {

namespace detail {
struct SimClock {  // a base, so that it exists before RunLoop reads it
  VirtualClock clock;
};
}  // namespace detail

class SimLoop final : private detail::SimClock, public RunLoop {
 public:
  explicit SimLoop(std::uint64_t seed) noexcept : RunLoop(clock), seed_(seed), ties_(random("ties")) {}

  std::uint64_t seed() const noexcept { return seed_; }

  /// Lets `time` pass at once, as for a stopped process or a suspended machine: events due in between are late, and run
  /// in order in the next turn.
  void stand_still(Duration time) noexcept { clock.sleep_until(now() + time); }

  /// A random generator for `purpose`: the same for the same seed and purpose, and independent of all others. Use one
  /// per user ("delay of link 7"), so that the draws of one do not change those of another.
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
