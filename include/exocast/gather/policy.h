// SPDX-License-Identifier: Apache-2.0
#pragma once
// Policy: when a gather has enough, and when it has failed. Pure functions of counts; the gather asks them after each
// item.
//
// Two questions that other libraries mix up (brpc's success_limit is ignored once fail_limit is set) stay orthogonal
// here: how many successes are enough, and how many failures are tolerated. Plain values, constexpr, no threading
// rules.

#include <array>
#include <cstddef>
#include <limits>
#include <optional>

#include "exocast/gather/outcome.h"

namespace exocast {

inline constexpr std::size_t all_items = std::numeric_limits<std::size_t>::max();

struct Policy {
  /// Stop with success after this many items have succeeded; `all_items`: never, all are settled.
  std::size_t enough = all_items;
  /// Stop with failure once this cannot be satisfied any more; otherwise items are never cancelled for others'
  /// failures.
  bool fail_fast = false;

  /// Whether it ever stops items for what others did.
  constexpr bool may_cancel() const noexcept { return fail_fast || enough != all_items; }
};

/// How far a gather has come. `total` is empty while the number of items is not known.
struct Progress {
  std::array<std::size_t, reason_count> counts{};  ///< settled items, by reason
  std::optional<std::size_t> total;

  constexpr std::size_t count(Reason reason) const noexcept { return counts[static_cast<std::size_t>(reason)]; }
  constexpr std::size_t succeeded() const noexcept { return count(Reason::ok); }
  constexpr std::size_t failed() const noexcept { return count(Reason::error) + count(Reason::timed_out); }
  constexpr std::size_t skipped() const noexcept { return count(Reason::skipped); }
};

enum class Verdict { go_on, enough_succeeded, too_many_failed };

/// Whether to go on. `tolerated` failures are no reason to stop, unless the successes asked for can no longer be
/// reached.
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

/// Whether the end result of `items` is what was asked for. What was cancelled or never started has not succeeded.
constexpr bool satisfied(const Policy& policy, std::optional<std::size_t> tolerated, const Progress& progress,
                         std::size_t items) noexcept {
  if (policy.enough != all_items) {
    return progress.succeeded() >= policy.enough && (!tolerated || progress.failed() <= *tolerated);
  }
  return items - progress.succeeded() - progress.skipped() <= tolerated.value_or(0);
}

}  // namespace exocast
