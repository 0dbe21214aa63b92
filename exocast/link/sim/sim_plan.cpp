// SPDX-License-Identifier: Apache-2.0
#include "exocast/link/sim/sim_plan.h"

#include <cstddef>
#include <random>
#include <utility>

namespace exocast {
namespace {

class Draws {
 public:
  Draws(std::uint64_t seed, const SimOdds& odds) : random_(seed), odds_(odds) {}

  SimTreatment operator()() {
    SimTreatment drawn;
    drawn.fate = fate(fraction());
    drawn.there = part_of(odds_.there_max);
    drawn.back = part_of(odds_.back_max);
    const bool deaf = fraction() < odds_.deaf;
    const Duration deaf_for = part_of(odds_.deaf_max);
    if (deaf) drawn.deaf = deaf_for;
    const bool twice = fraction() < odds_.second_answer;
    const Duration later = part_of(odds_.second_answer_max);
    if (twice) drawn.second_answer = later;
    return drawn;
  }

 private:
  double fraction() { return static_cast<double>(random_() >> 11U) * 0x1p-53; }

  Duration part_of(Duration most) {
    return Duration(static_cast<Duration::rep>(fraction() * static_cast<double>(most.count())));
  }

  SimFate fate(double at) const {
    const std::pair<SimFate, double> odds[] = {{SimFate::refused, odds_.refused},
                                               {SimFate::dropped, odds_.dropped},
                                               {SimFate::unanswered, odds_.unanswered},
                                               {SimFate::breaks, odds_.breaks}};
    for (const auto& [fate, share] : odds) {
      if (at < share) return fate;
      at -= share;
    }
    return SimFate::arrives;
  }

  std::mt19937_64 random_;
  SimOdds odds_;
};

}  // namespace

SimPlan sim_always(const SimTreatment& treatment) {
  return [treatment] { return treatment; };
}

SimPlan sim_in_turn(std::vector<SimTreatment> treatments, const SimTreatment& then) {
  return [treatments = std::move(treatments), then, next = std::size_t{0}]() mutable {
    return next < treatments.size() ? treatments[next++] : then;
  };
}

SimPlan sim_drawn(std::uint64_t seed, const SimOdds& odds) { return Draws(seed, odds); }

}  // namespace exocast
