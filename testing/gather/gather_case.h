// SPDX-License-Identifier: Apache-2.0
#pragma once
// GatherCase: one gather as plain data - items, policy, bounds, deadline, stops - and the result observed on virtual
// time. gather_oracle.h and gather_judge.h check it; the exhaustive and the random test generate it. One thread.

#include <cstddef>
#include <expected>
#include <optional>
#include <ranges>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "testing/gather/world.h"

namespace exocast::test {

/// The behaviour of an item. Those of the first row end at once, the others after `steps`.
enum class Does {
  ok_now,
  error_now,
  callable_throws,
  skips,
  ok,
  error,
  throws,
  hangs,
  ignores_ok,
  ignores_error,
  winds_down
};
inline constexpr std::string_view does_words[] = {"ok_now",     "error_now",     "callable_throws", "skips",
                                                  "ok",         "error",         "throws",          "hangs",
                                                  "ignores_ok", "ignores_error", "winds_down"};

struct ItemPlan {
  Does does;
  int steps = 0;  ///< from its start to its end; for winds_down: from its stop
};

enum class Kind { gather, join, race, quorum };
inline constexpr std::string_view kind_words[] = {"gather", "join", "race", "quorum"};

/// Times are in steps from the start; nullopt is never.
struct GatherCase {
  std::vector<ItemPlan> items;
  Kind kind = Kind::gather;
  std::size_t k = 1;  ///< of quorum
  std::optional<std::size_t> tolerated;
  std::size_t limit = 64;
  std::size_t parked = 0;
  bool sized = true;  ///< whether the range knows its size
  std::optional<int> deadline;
  std::optional<int> per_item;
  std::optional<int> caller_stop;  ///< 0: before the start
  std::optional<int> option_stop;  ///< 0: before the start
  Duration step = 500us;

  /// The number of successes that the policy needs; nothing if all items are to be settled.
  std::optional<std::size_t> wanted() const {
    if (kind == Kind::race) return 1;
    if (kind == Kind::quorum) return k;
    return std::nullopt;
  }
};

inline std::string describe(const GatherCase& c) {
  const auto moment = [](std::string_view name, const std::optional<int>& at) {
    return at ? ' ' + std::string(name) + '=' + std::to_string(*at) : std::string();
  };
  std::string text(kind_words[static_cast<std::size_t>(c.kind)]);
  if (c.kind == Kind::quorum) text += '(' + std::to_string(c.k) + ')';
  if (c.tolerated) text += " tolerated=" + std::to_string(*c.tolerated);
  text += " limit=" + std::to_string(c.limit) + " parked=" + std::to_string(c.parked) + (c.sized ? "" : " unsized");
  text += moment("deadline", c.deadline) + moment("per_item", c.per_item) + moment("caller_stop", c.caller_stop) +
          moment("option_stop", c.option_stop) + " items:";
  for (const ItemPlan& item : c.items) {
    text += ' ' + std::string(does_words[static_cast<std::size_t>(item.does)]);
    if (item.steps > 0) text += '@' + std::to_string(item.steps);
  }
  return text;
}

/// The observed result of a case; the oracle's prediction is of this type, too.
struct GatherSeen {
  bool returned = false;  ///< false: the caller was stopped
  Duration ended_at{};    ///< when the caller resumed or stopped
  std::vector<Reason> reasons;
  Reason ended = Reason::ok;
  bool satisfied = false;

  // Observed only, not predicted.
  int ends = 0;  ///< how often the caller resumed or stopped
  std::vector<Reason> told;
  std::vector<int> told_times;
  std::array<std::size_t, reason_count> counts{};
  std::size_t most_in_flight = 0;
  std::size_t most_young = 0;  ///< in flight for less than ParkDelay::least, so not parked
  std::size_t alive_after_drain = 0;
  std::size_t live_after_drain = 0;
  bool values_right = true;
};

class GatherCaseRun {
 public:
  explicit GatherCaseRun(const GatherCase& plan) : plan_(plan) {
    const std::size_t n = plan.items.size();
    seen_.told.resize(n);
    seen_.told_times.resize(n);
    started_.resize(n, TimePoint::max());
  }

  GatherSeen run() {
    {
      Scope control(world_.loop);
      Scope scope(world_.loop);
      if (plan_.caller_stop) control.spawn(stop_at(*plan_.caller_stop, scope), [](const Outcome<Unit>&) noexcept {});
      if (plan_.option_stop) control.spawn(stop_at(*plan_.option_stop, stop_), [](const Outcome<Unit>&) noexcept {});
      scope.spawn(call(), [this](const Outcome<Unit>&) noexcept {
        ++seen_.ends;
        seen_.ended_at = world_.elapsed();
      });
      while (scope.live() > 0) {
        if (!world_.loop.turn()) scope.request_stop();  // it waits for an event that never comes
      }
      seen_.live_after_drain = scope.live();
      seen_.alive_after_drain = in_flight_;
    }
    return std::move(seen_);
  }

 private:
  struct InFlight {
    InFlight(GatherCaseRun& run, std::size_t index) : run(run), index(index) { run.enter(index); }
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    ~InFlight() {
      --run.in_flight_;
      run.started_[index] = TimePoint::max();
    }
    GatherCaseRun& run;
    std::size_t index;
  };

  void enter(std::size_t index) {
    const TimePoint now = world_.loop.now();
    started_[index] = now;
    seen_.most_in_flight = std::max(seen_.most_in_flight, ++in_flight_);
    std::size_t young = 0;
    for (const TimePoint started : started_) young += started != TimePoint::max() && now - started < ParkDelay::least;
    seen_.most_young = std::max(seen_.most_young, young);
  }

  Deadline moment(int steps) const { return world_.at(steps * plan_.step); }

  template <class Stop>
  task<void> stop_at(int steps, Stop& stop) {
    if (steps > 0) co_await sleep_until(moment(steps));
    if constexpr (std::same_as<Stop, Scope>) {
      stop.request_stop();
    } else {
      stop.request();
    }
  }

  task<std::expected<std::size_t, int>> item(std::size_t index) {
    const ItemPlan plan = plan_.items[index];
    const InFlight in_flight(*this, index);
    const Duration takes = plan.steps * plan_.step;
    switch (plan.does) {
      case Does::ok:
      case Does::error:
      case Does::throws:
        co_await sleep_for(takes);
        break;
      case Does::hangs:
        co_await until_stopped();
        break;
      case Does::ignores_ok:
      case Does::ignores_error:
        co_await Stubborn(Deadline::after(world_.loop.now(), takes));
        break;
      case Does::winds_down:
        co_await WindDown(Deadline::never(), takes);
        break;
      default:
        break;
    }
    if (plan.does == Does::throws) throw std::runtime_error("thrown");
    if (plan.does == Does::error || plan.does == Does::error_now || plan.does == Does::ignores_error) {
      co_return std::unexpected(1);
    }
    co_return index;
  }

  template <class Range>
  auto start(Range range) {
    const auto each = [this](std::size_t index) -> task<std::expected<std::size_t, int>> {
      if (plan_.items[index].does == Does::skips) return skip;
      if (plan_.items[index].does == Does::callable_throws) throw std::runtime_error("callable");
      return item(index);
    };
    const auto tell = [this](std::size_t index, const Outcome<std::size_t, int>& outcome) noexcept {
      ++seen_.told_times[index];
      seen_.told[index] = outcome.reason();
    };
    GatherOptions options = {.limit = plan_.limit, .tolerated = plan_.tolerated, .parked = plan_.parked};
    if (plan_.deadline) options.deadline = moment(*plan_.deadline);
    if (plan_.per_item) options.per_item = *plan_.per_item * plan_.step;
    if (plan_.option_stop) options.stop = &stop_;
    switch (plan_.kind) {
      case Kind::gather:
        return gather(range, each, options, tell);
      case Kind::join:
        return join(range, each, options, tell);
      case Kind::race:
        return race(range, each, options, tell);
      default:
        return quorum(plan_.k, range, each, options, tell);
    }
  }

  task<void> call() {
    const auto all = std::views::iota(std::size_t{0}, plan_.items.size());
    const auto gathered = plan_.sized ? co_await start(all) : co_await start(all | std::views::filter(everything));
    seen_.returned = true;
    seen_.ended = gathered.ended;
    seen_.satisfied = gathered.satisfied;
    seen_.counts = gathered.counts;
    for (std::size_t i = 0; i < gathered.outcomes.size(); ++i) {
      const auto& outcome = gathered.outcomes[i];
      seen_.reasons.push_back(outcome.reason());
      if (outcome.ok()) seen_.values_right &= *outcome == i;
    }
  }
  static constexpr auto everything = [](std::size_t) { return true; };

  const GatherCase& plan_;
  World world_;
  StopSource stop_;
  GatherSeen seen_;
  std::vector<TimePoint> started_;  // TimePoint::max() while not in flight
  std::size_t in_flight_ = 0;
};

}  // namespace exocast::test
