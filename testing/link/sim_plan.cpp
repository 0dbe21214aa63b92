// SPDX-License-Identifier: Apache-2.0
#include "testing/link/sim_plan.h"

#include <cstddef>
#include <utility>

namespace exocast {
namespace {

class Draws {
 public:
  Draws(Random random, const SimOdds& odds) : random_(random), odds_(odds) {}

  SimTreatment operator()() {
    SimTreatment drawn;
    drawn.fate = fate(static_cast<double>(random_.below(1'000'000)) / 1e6);
    drawn.there = part_of(odds_.there_max);
    drawn.back = part_of(odds_.back_max);
    const Duration deaf = part_of(odds_.deaf_max);
    if (random_.chance(odds_.deaf)) drawn.deaf = deaf;
    const Duration later = part_of(odds_.second_answer_max);
    if (random_.chance(odds_.second_answer)) drawn.second_answer = later;
    return drawn;
  }

 private:
  Duration part_of(Duration most) {
    const auto steps = static_cast<std::uint64_t>(most / odds_.step);
    return odds_.step * static_cast<Duration::rep>(random_.below(steps + 1));
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

  Random random_;
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

SimPlan sim_drawn(Random random, const SimOdds& odds) { return Draws(random, odds); }

}  // namespace exocast
