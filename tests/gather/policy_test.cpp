// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/policy.h"

#include <gtest/gtest.h>

namespace exocast {
namespace {

constexpr Policy gather_policy{};
constexpr Policy join_policy{.fail_fast = true};
constexpr Policy quorum_policy(std::size_t enough) { return {.enough = enough, .fail_fast = true}; }
constexpr std::optional<std::size_t> unset;

constexpr Progress progress(std::size_t ok, std::size_t error, std::size_t timed_out, std::size_t skipped,
                            std::optional<std::size_t> total) {
  Progress made;
  made.counts[static_cast<std::size_t>(Reason::ok)] = ok;
  made.counts[static_cast<std::size_t>(Reason::error)] = error;
  made.counts[static_cast<std::size_t>(Reason::timed_out)] = timed_out;
  made.counts[static_cast<std::size_t>(Reason::skipped)] = skipped;
  made.total = total;
  return made;
}

struct JudgeCase {
  const char* what;
  Policy policy;
  std::optional<std::size_t> tolerated;
  Progress progress;
  Verdict verdict;
};

constexpr Verdict go_on = Verdict::go_on;
constexpr Verdict enough = Verdict::enough_succeeded;
constexpr Verdict failed = Verdict::too_many_failed;

const JudgeCase judge_cases[] = {
    {"gather goes on whatever fails", gather_policy, unset, progress(0, 9, 9, 0, 20), go_on},
    {"gather goes on even past what is tolerated", gather_policy, 0, progress(0, 9, 0, 0, 20), go_on},
    {"gather never has enough", gather_policy, unset, progress(20, 0, 0, 0, 20), go_on},
    {"join goes on with successes", join_policy, unset, progress(3, 0, 0, 0, 4), go_on},
    {"join ends with the first error", join_policy, unset, progress(3, 1, 0, 0, 5), failed},
    {"join ends with the first time-out", join_policy, unset, progress(0, 0, 1, 0, 5), failed},
    {"join counts no skip as a failure", join_policy, unset, progress(0, 0, 0, 3, 5), go_on},
    {"join goes on with as many failures as it tolerates", join_policy, 2, progress(0, 1, 1, 0, 5), go_on},
    {"join ends with one more", join_policy, 2, progress(0, 2, 1, 0, 5), failed},
    {"join needs no total", join_policy, unset, progress(0, 1, 0, 0, unset), failed},
    {"race has enough with one", quorum_policy(1), unset, progress(1, 3, 0, 0, 5), enough},
    {"race goes on while one may succeed", quorum_policy(1), unset, progress(0, 4, 0, 0, 5), go_on},
    {"race is lost when none can", quorum_policy(1), unset, progress(0, 3, 2, 0, 5), failed},
    {"race over nothing is lost", quorum_policy(1), unset, progress(0, 0, 0, 0, 0), failed},
    {"race goes on while more may come", quorum_policy(1), unset, progress(0, 9, 0, 0, unset), go_on},
    {"quorum waits for all it needs", quorum_policy(3), unset, progress(2, 0, 0, 0, 3), go_on},
    {"quorum has enough", quorum_policy(3), unset, progress(3, 0, 0, 0, 9), enough},
    {"quorum is lost once it is out of reach", quorum_policy(3), unset, progress(0, 2, 1, 0, 5), failed},
    {"a skipped item cannot succeed either", quorum_policy(3), unset, progress(0, 1, 1, 1, 5), failed},
    {"quorum goes on while it is just in reach", quorum_policy(3), unset, progress(0, 1, 0, 1, 5), go_on},
    {"quorum larger than the range is lost at once", quorum_policy(6), unset, progress(0, 0, 0, 0, 5), failed},
    {"quorum of none has enough at once", quorum_policy(0), unset, progress(0, 0, 0, 0, 5), enough},
    {"quorum ends with more failures than tolerated", quorum_policy(2), 1, progress(1, 2, 0, 0, 9), failed},
    {"quorum goes on with the tolerated ones", quorum_policy(2), 1, progress(1, 1, 0, 0, 9), go_on},
    {"tolerating does not make the impossible possible", quorum_policy(3), 4, progress(0, 3, 0, 0, 5), failed},
    {"enough comes first when both are reached at once", quorum_policy(1), 0, progress(1, 1, 0, 0, 5), enough},
};

TEST(Policy, JudgesByTheTable) {
  for (const JudgeCase& each : judge_cases) {
    EXPECT_EQ(judge(each.policy, each.tolerated, each.progress), each.verdict) << each.what;
  }
}

struct SatisfiedCase {
  const char* what;
  Policy policy;
  std::optional<std::size_t> tolerated;
  Progress progress;
  std::size_t items;
  bool satisfied;
};

const SatisfiedCase satisfied_cases[] = {
    {"gather of nothing", gather_policy, unset, progress(0, 0, 0, 0, 0), 0, true},
    {"gather: all succeeded", gather_policy, unset, progress(5, 0, 0, 0, 5), 5, true},
    {"gather: what is skipped need not succeed", gather_policy, unset, progress(3, 0, 0, 2, 5), 5, true},
    {"gather: one failed", gather_policy, unset, progress(4, 1, 0, 0, 5), 5, false},
    {"gather: one timed out", gather_policy, unset, progress(4, 0, 1, 0, 5), 5, false},
    {"gather: one tolerated", gather_policy, 1, progress(4, 1, 0, 0, 5), 5, true},
    {"gather: one more than tolerated", gather_policy, 1, progress(3, 1, 1, 0, 5), 5, false},
    {"gather: one was cancelled or never started", gather_policy, unset, progress(4, 0, 0, 0, 5), 5, false},
    {"gather: that is tolerated, too", gather_policy, 1, progress(4, 0, 0, 0, 5), 5, true},
    {"join is satisfied as gather is", join_policy, unset, progress(4, 1, 0, 0, 5), 5, false},
    {"race: one", quorum_policy(1), unset, progress(1, 3, 0, 0, 5), 5, true},
    {"race: none", quorum_policy(1), unset, progress(0, 5, 0, 0, 5), 5, false},
    {"race over nothing", quorum_policy(1), unset, progress(0, 0, 0, 0, 0), 0, false},
    {"quorum: k", quorum_policy(3), unset, progress(3, 1, 0, 0, 5), 5, true},
    {"quorum: more than k", quorum_policy(3), unset, progress(4, 1, 0, 0, 5), 5, true},
    {"quorum: fewer than k", quorum_policy(3), unset, progress(2, 1, 0, 0, 5), 5, false},
    {"quorum of none", quorum_policy(0), unset, progress(0, 5, 0, 0, 5), 5, true},
};

TEST(Policy, IsSatisfiedByTheTable) {
  for (const SatisfiedCase& each : satisfied_cases) {
    EXPECT_EQ(satisfied(each.policy, each.tolerated, each.progress, each.items), each.satisfied) << each.what;
  }
}

TEST(Policy, OnlyGatherNeverCancels) {
  static_assert(!gather_policy.may_cancel());
  static_assert(join_policy.may_cancel());
  static_assert(quorum_policy(1).may_cancel());
}

TEST(Policy, OnceDecidedItStaysDecided) {
  for (std::size_t k = 0; k <= 4; ++k) {
    for (const auto& policy : {gather_policy, join_policy, quorum_policy(k)}) {
      for (const auto tolerated : {unset, std::optional<std::size_t>(0), std::optional<std::size_t>(2)}) {
        for (std::size_t ok = 0; ok <= 4; ++ok) {
          for (std::size_t error = 0; ok + error <= 4; ++error) {
            const Verdict verdict = judge(policy, tolerated, progress(ok, error, 0, 0, 5));
            if (verdict == go_on) continue;
            EXPECT_NE(judge(policy, tolerated, progress(ok + 1, error, 0, 0, 5)), go_on);
            EXPECT_NE(judge(policy, tolerated, progress(ok, error + 1, 0, 0, 5)), go_on);
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace exocast
