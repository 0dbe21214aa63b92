// SPDX-License-Identifier: Apache-2.0
#pragma once
// SimPlan: the treatment of each message of a simulated link, listed or random from a seed. Plain values and functions;
// a plan belongs to one link.

#include <cstdint>
#include <functional>
#include <vector>

#include "exocast/link.h"
#include "testing/sim_loop.h"

namespace exocast {

/// The fate of a message.
enum class SimFate : std::uint8_t {
  arrives,     ///< the peer's handler gets it, and the answer arrives
  refused,     ///< the peer refuses it before its handler gets it: see SimTreatment::refusal
  dropped,     ///< it is lost, and never answered
  unanswered,  ///< the peer's handler gets it, but the answer is lost
  breaks,      ///< the connection breaks at its arrival, with everything in flight on the link
};

/// The treatment of one message. By default it arrives and is answered at once.
struct SimTreatment {
  SimFate fate = SimFate::arrives;
  Duration there = Duration::zero();  ///< travel time of the message
  Duration back = Duration::zero();   ///< travel time of the answer; after the deadline it is too late
  /// How long the delivery ignores a stop and its deadline. An answer in that time still counts.
  Duration deaf = Duration::zero();
  /// A second answer, the opposite of the first, follows this much later; Duration::max(): none.
  Duration second_answer = Duration::max();
  Status refusal = Status::unavailable("refused by plan");
};

/// Called once for each message and each question, in the order of sending.
using SimPlan = std::function<SimTreatment()>;

/// The same for every message.
SimPlan sim_always(const SimTreatment& treatment);

/// The first messages get `treatments`, all later ones `then`.
SimPlan sim_in_turn(std::vector<SimTreatment> treatments, const SimTreatment& then = {});

/// The probability of each fault, 0 to 1; the rest `arrives`. Times are uniform from zero to their maximum, in steps:
/// coarse steps make many events happen at the same moment.
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

/// A random plan; give each link its own `random`. Every message takes the same number of draws, so that a change of
/// one of the odds does not shift the others.
SimPlan sim_drawn(Random random, const SimOdds& odds);

}  // namespace exocast
