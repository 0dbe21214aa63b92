// SPDX-License-Identifier: Apache-2.0
#pragma once
// Suspicions: SWIM's suspicion protocol (4.2). It decides which updates change a member's state, keeps the time that a
// suspect has to refute, and refutes suspicions of this node.
//
//   suspicions.accuse(record);      // a member did not answer: it is suspect, and gone when next() has passed
//   suspicions.apply(record, update, reporter);
//   suspicions.end_due();
//
// Threading: one thread. Lifetime: everything it refers to outlives it.

#include <cstdint>
#include <string>

#include "cluster/swim/alarm.h"
#include "cluster/swim/awareness.h"
#include "cluster/swim/gossip.h"
#include "cluster/swim/member_table.h"
#include "cluster/swim/membership_metrics.h"
#include "exocast/cluster_options.h"

namespace exocast::swim {

class Suspicions {
 public:
  Suspicions(Alarm& alarm, const SuspicionLimits& limits, Update& self, MemberTable& table, Gossip& gossip,
             Awareness& awareness, MembershipMetrics& metrics)
      : alarm_(alarm),
        limits_(limits),
        self_(self),
        table_(table),
        gossip_(gossip),
        awareness_(awareness),
        metrics_(metrics) {}

  /// Suspects a live member that did not answer this node, or confirms the suspicion. The suspect is notified first.
  void accuse(MemberRecord& record);

  /// Applies an update about a member, of its session, as `reporter` has sent it: suspects or confirms, ends the
  /// suspicion, or ignores an update that does not supersede what is known.
  void apply(MemberRecord& record, const Update& update, const std::string& reporter);

  /// Sets the state of a member and gossips it. For a suspect use accuse() or apply().
  void set_state(MemberRecord& record, MemberState state);

  /// Refutes an update about this node, unless it is refuted already.
  void receive_own_state(const Update& update);
  /// Raises the incarnation of this node above `incarnation`, which ends all suspicions of it up to that one.
  void refute(std::uint32_t incarnation);

  /// Ends the suspicions that are due: the member is gone, unless it has given a sign of life.
  void end_due();
  /// When the first suspicion ends, or earlier; TimePoint::max(): nobody is suspect.
  TimePoint next() const noexcept { return next_; }

  /// True if the step between two incarnations is too large to be credible. An update with such a step is ignored:
  /// otherwise a forger could raise a member's incarnation so far that the member cannot refute any more.
  static bool is_implausible_step(std::uint32_t from, std::uint32_t to) noexcept {
    return to > from && to - from > incarnation_step_max;
  }

 private:
  static constexpr std::uint32_t incarnation_step_max = 65'536;

  void suspect(MemberRecord& record, const std::string& accuser);
  void confirm(MemberRecord& record, const std::string& accuser);

  Alarm& alarm_;
  const SuspicionLimits& limits_;
  Update& self_;
  MemberTable& table_;
  Gossip& gossip_;
  Awareness& awareness_;
  MembershipMetrics& metrics_;
  TimePoint next_ = TimePoint::max();
};

}  // namespace exocast::swim
