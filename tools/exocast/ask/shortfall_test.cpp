// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "tools/exocast/ask/ask.h"

namespace exocast {
namespace {

PeerAnswer answer(std::string peer, PeerOutcome outcome, StatusCode code = StatusCode::ok, std::string error = "") {
  return {.peer = std::move(peer), .address = "h:1", .outcome = outcome, .code = code, .error = std::move(error)};
}

TEST(AskShortfallTest, NamesThoseThatDidNotAnswerAndTheFirstReason) {
  const Answers one{.outcomes = {answer("n1", PeerOutcome::answered),
                                 answer("n2", PeerOutcome::failed, StatusCode::unavailable, "no route")}};
  EXPECT_EQ(shortfall(one), "1 of 2 did not answer; n2 (h:1): UNAVAILABLE: no route");
  const Answers two{.outcomes = {answer("n1", PeerOutcome::timed_out), answer("n2", PeerOutcome::not_started)}};
  EXPECT_EQ(shortfall(two), "2 of 2 did not answer: n[1-2]; n1 (h:1): timed out");
}

TEST(AskShortfallTest, APolicyMayBeMissedByNobodysFault) {
  EXPECT_EQ(shortfall({.policy = "quorum 1"}), "the policy quorum 1 was not satisfied");
}

}  // namespace
}  // namespace exocast
