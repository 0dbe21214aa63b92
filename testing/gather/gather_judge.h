// SPDX-License-Identifier: Apache-2.0
#pragma once
// Checks the observed result of a GatherCase: against the rules that always hold, and against the oracle where it is
// exact. Returns "", or a description of the error. One thread.

#include <string>

#include "testing/gather/gather_oracle.h"

namespace exocast::test {

class GatherJudge {
 public:
  GatherJudge(const GatherCase& plan, const GatherSeen& seen) : plan_(plan), seen_(seen) {}

  /// The rules that hold in every case.
  std::string invariants() {
    says(seen_.ends == 1, "the caller went on or stopped " + std::to_string(seen_.ends) + " times");
    says(seen_.most_in_flight <= plan_.limit + plan_.parked, "more in flight than limit + parked");
    says(seen_.most_young <= plan_.limit, "more active than limit");
    says(seen_.alive_after_drain == 0 && seen_.live_after_drain == 0, "something lives after the drain");
    if (plan_.deadline) {
      says(seen_.ended_at <= std::max(0, *plan_.deadline) * plan_.step, "the caller was kept past the deadline");
    }
    if (plan_.caller_stop == 0) return std::move(wrong_);
    told();
    if (seen_.returned) result();
    return std::move(wrong_);
  }

  /// The rules for cases without parking.
  std::string against_oracle() {
    const GatherSeen foretold = GatherOracle(plan_).foretell();
    says(seen_.returned == foretold.returned, foretold.returned ? "stopped, should return" : "returned, should stop");
    says(seen_.ended_at == foretold.ended_at,
         "ended at " + steps(seen_.ended_at) + ", should " + steps(foretold.ended_at));
    if (seen_.returned && foretold.returned) {
      says(seen_.reasons == foretold.reasons, "outcomes " + words(seen_.reasons) + "should " + words(foretold.reasons));
      says(seen_.ended == foretold.ended, "ended by " + word(seen_.ended) + ", should " + word(foretold.ended));
      says(seen_.satisfied == foretold.satisfied, "satisfied is not as it should be");
    }
    return std::move(wrong_);
  }

 private:
  void says(bool holds, const std::string& what) {
    if (!holds) wrong_ += what + "; ";
  }
  static std::string word(Reason reason) { return std::string(to_string(reason)); }
  static std::string words(const std::vector<Reason>& reasons) {
    std::string text;
    for (const Reason reason : reasons) text += word(reason) + ' ';
    return text;
  }
  std::string steps(Duration time) const { return std::to_string(time / plan_.step) + " steps"; }

  /// on_outcome: each item exactly once; for a range of unknown size, each pulled item.
  void told() {
    for (std::size_t i = 0; i < plan_.items.size(); ++i) {
      const bool known = plan_.sized || i < seen_.reasons.size();
      if (known && (plan_.sized || seen_.returned))
        says(seen_.told_times[i] == 1, "not told once of " + std::to_string(i));
      says(seen_.told_times[i] <= 1, "told twice of " + std::to_string(i));
      if (seen_.told_times[i] == 1) possible(i, seen_.told[i]);
    }
  }

  /// Checks that the item may end for this reason.
  void possible(std::size_t index, Reason reason) {
    const Does does = plan_.items[index].does;
    const bool stops = plan_.caller_stop || plan_.option_stop || !seen_.returned;
    bool holds = true;
    switch (reason) {
      case Reason::ok:
        holds = does == Does::ok_now || does == Does::ok || does == Does::ignores_ok;
        break;
      case Reason::error:
        holds = does == Does::error_now || does == Does::callable_throws || does == Does::error ||
                does == Does::throws || does == Does::ignores_error;
        break;
      case Reason::skipped:
        holds = does == Does::skips;
        break;
      case Reason::timed_out:
        holds = plan_.deadline || plan_.per_item;
        break;
      case Reason::cancelled:
        holds = stops;
        break;
      case Reason::enough_succeeded:
        holds = plan_.wanted().has_value();
        break;
      case Reason::too_many_failed:
        holds = plan_.kind != Kind::gather;
        break;
      case Reason::not_started:
        holds = !seen_.returned || seen_.ended != Reason::ok;
        break;
    }
    if (reason == Reason::enough_succeeded || reason == Reason::too_many_failed) {
      holds = holds && (!seen_.returned || seen_.ended == reason);
    }
    says(holds, std::to_string(index) + " cannot have ended by " + word(reason));
  }

  void result() {
    std::array<std::size_t, reason_count> counts{};
    for (std::size_t i = 0; i < seen_.reasons.size(); ++i) {
      ++counts[static_cast<std::size_t>(seen_.reasons[i])];
      says(seen_.told[i] == seen_.reasons[i], "told otherwise of " + std::to_string(i));
    }
    says(counts == seen_.counts, "the counts are not those of the outcomes");
    says(!plan_.sized || seen_.reasons.size() == plan_.items.size(), "not one outcome for each item");
    says(seen_.values_right, "a value is another item's");
    const auto count = [&](Reason reason) { return counts[static_cast<std::size_t>(reason)]; };
    const std::size_t ok = count(Reason::ok);
    const std::size_t failed = count(Reason::error) + count(Reason::timed_out);
    if (seen_.ended == Reason::ok) {
      says(count(Reason::not_started) + count(Reason::cancelled) + count(Reason::enough_succeeded) == 0,
           "ended too early");
    }
    if (seen_.ended == Reason::enough_succeeded) says(seen_.satisfied && ok >= *plan_.wanted(), "not enough succeeded");
    if (seen_.ended == Reason::too_many_failed) {
      says(!seen_.satisfied && (failed > plan_.tolerated.value_or(0) || plan_.wanted()), "not too many failed");
    }
    if (seen_.ended == Reason::timed_out) says(plan_.deadline.has_value(), "timed out without a deadline");
    if (seen_.satisfied) says(ok >= plan_.wanted().value_or(0), "satisfied without the successes");
  }

  const GatherCase& plan_;
  const GatherSeen& seen_;
  std::string wrong_;
};

}  // namespace exocast::test
