// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/shortfall.h"

#include <gtest/gtest.h>

namespace exocast {
namespace {

using enum PeerOutcome;

Report report_of(const std::vector<PeerOutcome>& outcomes, std::string policy = "all") {
  Report report;
  report.policy = std::move(policy);
  for (std::size_t i = 0; i < outcomes.size(); ++i) {
    PeerReport peer{.peer = "n" + std::to_string(i + 1),
                    .address = "10.0.0.1:50051",
                    .link = "exo",
                    .outcome = outcomes[i],
                    .elapsed_ms = static_cast<double>(i),
                    .code = StatusCode::ok,
                    .error = ""};
    if (peer.outcome == failed) peer.code = StatusCode::unavailable, peer.error = "connection refused";
    report.outcomes.push_back(peer);
  }
  return report;
}

TEST(Shortfall, NamesTheOneAndItsReason) {
  EXPECT_EQ(shortfall(report_of({delivered, failed})),
            "1 of 2 did not get it; n2 (10.0.0.1:50051): UNAVAILABLE: connection refused");
  EXPECT_EQ(shortfall(report_of({timed_out})), "1 of 1 did not get it; n1 (10.0.0.1:50051): timed out");
}

TEST(Shortfall, NamesAllAndTheFirstReason) {
  EXPECT_EQ(shortfall(report_of({delivered, failed, timed_out, too_large})),
            "3 of 4 did not get it: n[2-4]; n2 (10.0.0.1:50051): UNAVAILABLE: connection refused");
}

TEST(Shortfall, OfAQuorumSaysHowManyGotIt) {
  EXPECT_EQ(shortfall(report_of({delivered, failed, cancelled}, "quorum 2")),
            "1 of 3 got it, for a policy of quorum 2: n[2-3]; n2 (10.0.0.1:50051): UNAVAILABLE: connection refused");
}

TEST(Unfinished, NamesThoseThatWereNotWaitedFor) {
  EXPECT_EQ(unfinished(report_of({delivered, cancelled, failed, not_started})),
            "interrupted while 2 of 4 had not finished: n[2,4]");
  EXPECT_EQ(unfinished(report_of({delivered, timed_out})), "interrupted");
}

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
  EXPECT_EQ(shortfall(Answers{.policy = "quorum 1"}), "the policy quorum 1 was not satisfied");
}

}  // namespace
}  // namespace exocast
