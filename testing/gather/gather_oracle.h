// SPDX-License-Identifier: Apache-2.0
#pragma once
// GatherOracle: predicts the result of a GatherCase without parking, by counting steps instead of running coroutines.
//
// Written from the documents, not from the code: a few lists, searched linearly. In one step the caller's stop comes
// first, because the test arms it first; then the items that end, in the order of arming; then options.stop, the
// deadline and the items' own deadlines, because a completion at the same tick wins.

#include <algorithm>
#include <limits>

#include "testing/gather/gather_case.h"

namespace exocast::test {

class GatherOracle {
 public:
  explicit GatherOracle(const GatherCase& plan) : plan_(plan), outcomes_(plan.items.size(), Reason::not_started) {}

  GatherSeen foretell() {
    if (plan_.caller_stop == 0) return stopped();
    if (plan_.option_stop == 0) end(Reason::cancelled);
    if (plan_.deadline && *plan_.deadline <= 0) end(Reason::timed_out);
    progress();
    while (!finished()) {
      const int next = next_moment();
      if (next == never) {  // it waits for an event that never comes: the test stops it
        stop_caller();
        continue;
      }
      now_ = next;
      if (plan_.caller_stop == now_) stop_caller();
      end_what_is_due();
      if (finished()) break;
      if (plan_.option_stop == now_) end(Reason::cancelled);
      if (plan_.deadline == now_) {
        end(Reason::timed_out);
        progress();
        for (const Flying& each : flying_) outcomes_[each.index] = each.why;  // the caller has stopped waiting
        break;
      }
      time_out_items();
      progress();
    }
    return caller_stopped_ ? stopped() : result();
  }

 private:
  static constexpr int never = std::numeric_limits<int>::max();
  struct Flying {
    std::size_t index;
    int started;
    int ends;   // never: only a stop ends it
    int armed;  // the order of ends at the same step
    bool asked = false;
    Reason why = Reason::ok;
  };

  std::size_t count(Reason reason) const { return static_cast<std::size_t>(std::ranges::count(outcomes_, reason)); }
  std::size_t succeeded() const { return count(Reason::ok); }
  std::size_t failed() const { return count(Reason::error) + count(Reason::timed_out); }
  bool finished() const { return flying_.empty() && (ended_ || exhausted_); }

  void end(Reason reason) {
    if (!ended_) ended_ = reason;
  }

  void stop_caller() {
    caller_stopped_ = true;
    end(Reason::cancelled);
    progress();
  }

  /// Whether enough items can still succeed; all that have not failed count, if their number is known.
  bool within_reach(std::size_t wanted) const {
    if (!plan_.sized && !exhausted_) return true;
    return plan_.items.size() - failed() - count(Reason::skipped) >= wanted;
  }

  void judge() {
    if (ended_ || plan_.kind == Kind::gather) return;
    const auto wanted = plan_.wanted();
    if (wanted && succeeded() >= *wanted) return end(Reason::enough_succeeded);
    const bool bounded = plan_.kind == Kind::join || plan_.tolerated;
    if (bounded && failed() > plan_.tolerated.value_or(0)) return end(Reason::too_many_failed);
    if (wanted && !within_reach(*wanted)) end(Reason::too_many_failed);
  }

  void progress() {
    for (;;) {
      judge();
      if (ended_) return ask_all();
      if (exhausted_ || flying_.size() >= plan_.limit) return;
      if (pulled_ == plan_.items.size()) {
        exhausted_ = true;
      } else {
        start(pulled_++);
      }
    }
  }

  void start(std::size_t index) {
    const ItemPlan& item = plan_.items[index];
    switch (item.does) {
      case Does::ok_now:
        outcomes_[index] = Reason::ok;
        return;
      case Does::error_now:
      case Does::callable_throws:
        outcomes_[index] = Reason::error;
        return;
      case Does::skips:
        outcomes_[index] = Reason::skipped;
        return;
      case Does::hangs:
      case Does::winds_down:
        flying_.push_back({index, now_, never, 0});
        return;
      default:
        flying_.push_back({index, now_, now_ + item.steps, ++armed_});
    }
  }

  /// Asks one item to stop; true if that ends it at once.
  bool ask(Flying& flying, Reason why) {
    if (flying.asked) return false;
    flying.asked = true;
    flying.why = why;
    const ItemPlan& item = plan_.items[flying.index];
    if (item.does == Does::ignores_ok || item.does == Does::ignores_error) return false;
    if (item.does == Does::winds_down) {
      flying.ends = now_ + item.steps;
      flying.armed = ++armed_;
      return false;
    }
    outcomes_[flying.index] = why;
    return true;
  }
  void ask_all() {
    std::erase_if(flying_, [this](Flying& flying) { return ask(flying, *ended_); });
  }
  void time_out_items() {
    if (!plan_.per_item) return;
    std::erase_if(flying_, [this](Flying& flying) {
      return flying.started + *plan_.per_item <= now_ && ask(flying, Reason::timed_out);
    });
  }

  void end_what_is_due() {
    for (;;) {
      const auto due = [this](const Flying& flying) { return flying.ends == now_ ? flying.armed : never; };
      const auto first = std::ranges::min_element(flying_, {}, due);
      if (first == flying_.end() || first->ends != now_) return;
      const Flying flying = *first;
      flying_.erase(first);
      const Does does = plan_.items[flying.index].does;
      if (does == Does::ok || does == Does::ignores_ok) {
        outcomes_[flying.index] = Reason::ok;
      } else {
        outcomes_[flying.index] = flying.asked ? flying.why : Reason::error;
      }
      progress();
    }
  }

  int next_moment() const {
    int next = never;
    const auto consider = [&](std::optional<int> at) {
      if (at && *at > now_) next = std::min(next, *at);
    };
    for (const Flying& flying : flying_) {
      consider(flying.ends);
      if (plan_.per_item && !flying.asked) next = std::min(next, std::max(now_, flying.started + *plan_.per_item));
    }
    consider(plan_.caller_stop);
    consider(plan_.option_stop);
    consider(plan_.deadline);
    return next;
  }

  GatherSeen stopped() const {
    GatherSeen seen;
    seen.ended_at = now_ * plan_.step;
    return seen;
  }
  GatherSeen result() {
    GatherSeen seen = stopped();
    seen.returned = true;
    if (!plan_.sized) outcomes_.resize(pulled_);
    seen.reasons = outcomes_;
    seen.ended = ended_.value_or(Reason::ok);
    const auto wanted = plan_.wanted();
    const std::size_t bad = outcomes_.size() - succeeded() - count(Reason::skipped);
    seen.satisfied = seen.ended == Reason::enough_succeeded ||
                     (wanted ? succeeded() >= *wanted && (!plan_.tolerated || failed() <= *plan_.tolerated)
                             : bad <= plan_.tolerated.value_or(0));
    return seen;
  }

  const GatherCase& plan_;
  std::vector<Reason> outcomes_;
  std::vector<Flying> flying_;  // in the order of their start
  std::optional<Reason> ended_;
  std::size_t pulled_ = 0;
  bool exhausted_ = false;
  bool caller_stopped_ = false;
  int now_ = 0;
  int armed_ = 0;
};

}  // namespace exocast::test
