// SPDX-License-Identifier: Apache-2.0
#include "report/report_table.h"

#include <sstream>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace exocast {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

Report eight_nodes() {
  Report report{.elapsed_ms = 1001.23, .deadline_ms = 1000, .policy = "all", .satisfied = false};
  for (int i = 1; i <= 8; ++i) {
    report.outcomes.push_back({"n" + std::to_string(i), "127.0.0.1:5005" + std::to_string(i), "exo",
                               PeerOutcome::delivered, 2.0 + i, StatusCode::ok, ""});
  }
  report.outcomes[2] = {
      "n3", "127.0.0.1:50053", "exo", PeerOutcome::timed_out, 1000, StatusCode::deadline_exceeded, "no answer"};
  return report;
}

Report thousand_nodes() {
  Report report{.elapsed_ms = 20.5, .policy = "quorum 900", .satisfied = true};
  for (int i = 1; i <= 1000; ++i) {
    const bool refused = i % 500 == 0;
    report.outcomes.push_back({"n" + std::to_string(i), "10.0.0.1:50051", "exo",
                               refused ? PeerOutcome::failed : PeerOutcome::delivered, i / 100.0,
                               refused ? StatusCode::unavailable : StatusCode::ok, ""});
  }
  return report;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::istringstream stream(text);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(ReportTable, HasOneAlignedRowForEachReceiverAndASummaryLast) {
  const auto lines = lines_of(to_table(eight_nodes()));
  ASSERT_EQ(lines.size(), 10U);
  EXPECT_EQ(lines[0], "peer  address          link  outcome    ms      reason");
  EXPECT_EQ(lines[1], "n1    127.0.0.1:50051  exo   delivered  3.0");
  EXPECT_EQ(lines[3], "n3    127.0.0.1:50053  exo   timed out  1000.0  DEADLINE_EXCEEDED: no answer");
  EXPECT_EQ(lines[9], to_summary(eight_nodes()));
}

TEST(ReportTable, TheSummarySaysItAllInOneLine) {
  EXPECT_EQ(to_summary(eight_nodes()),
            "7/8 delivered, 1 timed out in 1001.2 ms; policy all not satisfied; first error: n3: DEADLINE_EXCEEDED: "
            "no answer");
  EXPECT_EQ(to_summary(thousand_nodes()), "998/1000 delivered, 2 failed in 20.5 ms; first error: n500: UNAVAILABLE");
}

TEST(ReportTable, AnErrorWithoutAReasonIsNamedByItsOutcome) {
  Report report{.satisfied = true, .outcomes = {{.peer = "n1", .outcome = PeerOutcome::too_large}}};
  EXPECT_THAT(to_summary(report), EndsWith("first error: n1: too large"));
}

TEST(ReportTable, WithoutReceiversThereIsOnlyTheSummary) {
  EXPECT_EQ(to_table(Report{.policy = "all", .satisfied = true}), "0/0 delivered in 0.0 ms\n");
}

TEST(ReportTable, ManyReceiversAreFolded) {
  const auto lines = lines_of(to_table(thousand_nodes()));
  ASSERT_EQ(lines.size(), 4U);
  EXPECT_EQ(lines[0], "peers             count  link  outcome    ms        reason");
  EXPECT_EQ(lines[1], "n[1-499,501-999]  998    exo   delivered  0.0-10.0");
  EXPECT_EQ(lines[2], "n[500,1000]       2      exo   failed     5.0-10.0  UNAVAILABLE");
}

TEST(ReportTable, FoldingStartsAboveItsLimit) {
  EXPECT_EQ(lines_of(to_table(eight_nodes(), {.fold_over = 8})).size(), 10U);
  EXPECT_EQ(lines_of(to_table(eight_nodes(), {.fold_over = 7})).size(), 4U);
}

TEST(ReportTable, NoRowIsWiderThanAskedAndTheSummaryIsNeverCut) {
  Report report = eight_nodes();
  report.outcomes[2].error = std::string(150, 'x');
  for (std::size_t width = 1; width < 120; ++width) {
    auto lines = lines_of(to_table(report, {.width = width}));
    EXPECT_EQ(lines.back(), to_summary(report));
    lines.pop_back();
    for (const std::string& line : lines) ASSERT_LE(columns(line), width) << line;
  }
  EXPECT_THAT(to_table(report, {.width = 80}), HasSubstr("xxx…\n"));
  EXPECT_EQ(lines_of(to_table(report))[3],
            "n3    127.0.0.1:50053  exo   timed out  1000.0  DEADLINE_EXCEEDED: " + report.outcomes[2].error);
}

TEST(ReportTable, ASummaryStaysShortWhateverAPeerSays) {
  Report report = eight_nodes();
  report.outcomes[2].error = std::string(1'000'000, 'x');
  EXPECT_LT(columns(to_summary(report)), 400U);
}

TEST(ReportTable, ColoursOnlyTheOutcomesAndOnlyWhenAsked) {
  EXPECT_THAT(to_table(eight_nodes()), Not(HasSubstr("\x1B")));
  const std::string table = to_table(eight_nodes(), {.colour = true});
  EXPECT_THAT(table, HasSubstr("\x1B[32mdelivered\x1B[0m  3.0\n"));
  EXPECT_THAT(table, HasSubstr("\x1B[31mtimed out\x1B[0m  1000.0  DEADLINE"));
}

TEST(ReportTable, WhatAPeerSaysCannotDriveTheTerminal) {
  Report report = eight_nodes();
  report.outcomes[2].error = "\x1B[2J\nforged  row\xFF";
  report.outcomes[2].peer = "n\r3";
  const std::string table = to_table(report);
  EXPECT_EQ(lines_of(table).size(), 10U);
  EXPECT_EQ(table.find_first_of("\x1B\r\xFF"), std::string::npos);
  EXPECT_THAT(table, HasSubstr("n 3"));
}

TEST(ReportTable, TheHeadingNamesTheEpochOfTheRosterUnlessItIsAFixedList) {
  Report report = eight_nodes();
  EXPECT_THAT(lines_of(to_table(report)).front(), testing::StartsWith("peer  address"));
  report.roster_epoch = 7;
  EXPECT_THAT(lines_of(to_table(report)).front(), testing::StartsWith("peer of epoch 7  address"));
}

}  // namespace
}  // namespace exocast
