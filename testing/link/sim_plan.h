// SPDX-License-Identifier: Apache-2.0
#pragma once
// SimPlan: what happens to the messages of a simulated link, one after another - written down, or drawn from a seed.
// Plain values and functions; a plan belongs to one link.

#include <cstdint>
#include <functional>
#include <vector>

#include "exocast/link.h"
#include "testing/sim_loop.h"

namespace exocast {

/// What becomes of a message on its way.
enum class SimFate : std::uint8_t {
  arrives,     ///< the peer's handler has it, and its answer comes back
  refused,     ///< the peer says no before its handler sees it: see SimTreatment::refusal
  dropped,     ///< it is lost, and never answered
  unanswered,  ///< the peer's handler has it, but the answer is lost
  breaks,      ///< the connection breaks when it should arrive, and with it everything under way on the link
};

/// What happens to one message. By default: it arrives and is answered, at once.
struct SimTreatment {
  SimFate fate = SimFate::arrives;
  Duration there = Duration::zero();  ///< how long it travels
  Duration back = Duration::zero();   ///< how long the answer travels; one that comes after the deadline is too late
  /// For how long the delivery ignores being stopped, and its deadline. What comes meanwhile still counts.
  Duration deaf = Duration::zero();
  /// A second answer, the opposite of the first, follows this much later; Duration::max(): none.
  Duration second_answer = Duration::max();
  Status refusal = Status::unavailable("refused by plan");
};

/// Asked once for each message, and each question, in the order of sending.
using SimPlan = std::function<SimTreatment()>;

/// The same for every message.
SimPlan sim_always(const SimTreatment& treatment);

/// The first messages get `treatments`, all later ones `then`.
SimPlan sim_in_turn(std::vector<SimTreatment> treatments, const SimTreatment& then = {});

/// How likely each fault is, 0 to 1; what is left of the fates is `arrives`. Times are drawn evenly from zero to their
/// maximum, in steps: coarse ones make many things happen at the same moment.
struct SimOdds {
  double refused = 0;
  double dropped = 0;
  double unanswered = 0;
  double breaks = 0;
  double deaf = 0;
  double second_answer = 0;
  Duration there_max = Duration::zero();
  Duration back_max = Duration::zero();
  Duration deaf_max = Duration::zero();
  Duration second_answer_max = Duration::zero();
  Duration step = Duration(1);
};

/// Drawn from `odds` with `random`; give each link one of its own. Every message takes the same number of draws, so
/// that changing one of the odds does not shift the others.
SimPlan sim_drawn(Random random, const SimOdds& odds);

}  // namespace exocast
