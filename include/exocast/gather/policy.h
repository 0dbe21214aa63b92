// SPDX-License-Identifier: Apache-2.0
#pragma once
// Policy: when a gather has enough successes, and when it has failed.
//
//   constexpr Policy quorum_of_3{.enough = 3, .fail_fast = true};
//   if (judge(quorum_of_3, tolerated, progress) != Verdict::go_on) …
//
// gather, join, race and quorum each have a policy; this header is needed only to write another such function. The
// number of successes that are enough and the number of tolerated failures are independent. Threading: plain values and
// pure functions without rules.

#include <array>
#include <cstddef>
#include <limits>
#include <optional>

#include "exocast/gather/outcome.h"

namespace exocast {

/// For Policy::enough: no number of successes is enough.
inline constexpr std::size_t all_items = std::numeric_limits<std::size_t>::max();

/// When a gather stops items because of the outcomes of others.
struct Policy {
  /// Stop with success after this many successes. Default: never, every item is settled.
  std::size_t enough = all_items;
  /// Stop with failure once success is out of reach. Default: a failure stops no other item.
  bool fail_fast = false;

  /// True if it can stop items because of others.
  constexpr bool may_cancel() const noexcept { return fail_fast || enough != all_items; }
};

/// The items of a gather that are settled so far.
struct Progress {
  /// Settled items, by Reason.
  std::array<std::size_t, reason_count> counts{};
  /// All items; empty while their number is not known.
  std::optional<std::size_t> total;

  /// Settled items with this reason.
  constexpr std::size_t count(Reason reason) const noexcept { return counts[static_cast<std::size_t>(reason)]; }
  /// Items with a value.
  constexpr std::size_t succeeded() const noexcept { return count(Reason::ok); }
  /// Items with an error, and items that timed out.
  constexpr std::size_t failed() const noexcept { return count(Reason::error) + count(Reason::timed_out); }
  /// Items that were skipped.
  constexpr std::size_t skipped() const noexcept { return count(Reason::skipped); }
};

/// The result of judge().
enum class Verdict {
  go_on,             ///< nothing is decided yet
  enough_succeeded,  ///< stop with success
  too_many_failed,   ///< stop with failure
};

/// Decides whether a gather goes on. `tolerated` failures are no reason to stop, unless the successes that `policy`
/// asks for are out of reach.
constexpr Verdict judge(const Policy& policy, std::optional<std::size_t> tolerated, const Progress& progress) noexcept {
  if (progress.succeeded() >= policy.enough) return Verdict::enough_succeeded;
  if (!policy.fail_fast) return Verdict::go_on;
  const bool counts_failures = policy.enough == all_items || tolerated.has_value();
  if (counts_failures && progress.failed() > tolerated.value_or(0)) return Verdict::too_many_failed;
  if (policy.enough != all_items && progress.total.has_value() &&
      *progress.total - progress.failed() - progress.skipped() < policy.enough) {
    return Verdict::too_many_failed;
  }
  return Verdict::go_on;
}

/// Decides whether the final result of `items` items satisfies the policy. A cancelled item and one that never started
/// have not succeeded.
constexpr bool satisfied(const Policy& policy, std::optional<std::size_t> tolerated, const Progress& progress,
                         std::size_t items) noexcept {
  if (policy.enough != all_items) {
    return progress.succeeded() >= policy.enough && (!tolerated || progress.failed() <= *tolerated);
  }
  return items - progress.succeeded() - progress.skipped() <= tolerated.value_or(0);
}

}  // namespace exocast
