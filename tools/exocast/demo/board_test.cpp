// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/demo/board.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace exocast::demo {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

Cell done(PeerOutcome outcome, double begun_ms, double ended_ms) {
  return {.state = Cell::State::done, .outcome = outcome, .begun_ms = begun_ms, .ended_ms = ended_ms};
}

/// Four nodes, with n2 frozen; both runs have ended.
Board finished() {
  Board board(*plan_demo({.nodes = 4, .slow = 1, .frozen = 1, .delay = 20ms}));
  using enum PeerOutcome;
  board.one_by_one.cells = {done(delivered, 0, 20), done(timed_out, 20, 520), done(delivered, 520, 540),
                            done(delivered, 540, 740)};
  board.one_by_one.elapsed_ms = 740;
  board.at_once.cells = {done(delivered, 0, 20), done(timed_out, 0, 500), done(delivered, 0, 21),
                         done(delivered, 0, 200)};
  board.at_once.elapsed_ms = 500;
  return board;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

TEST(Board, BarsMakeStairsOneByOneAndBeginTogetherAtOnce) {
  const auto lines = lines_of(to_table(finished(), {.width = 104}));
  ASSERT_EQ(lines.size(), 6U);
  EXPECT_EQ(lines[0], "node  kind      one by one                                  all at once");
  EXPECT_EQ(lines[1], "n1    ordinary  delivered     20.0 ms █                     delivered     20.0 ms █");
  EXPECT_EQ(lines[2],
            "n2    frozen    timed out    520.0 ms ███████████████       timed out    500.0 ms ██████████████");
  EXPECT_EQ(lines[3], "n3    ordinary  delivered    540.0 ms               █       delivered     21.0 ms █");
  EXPECT_EQ(lines[5], "                in all       740.0 ms                       in all       500.0 ms");
}

TEST(Board, NeverExceedsItsWidthAndDropsTheBarsWithoutRoom) {
  for (const std::size_t width : {64, 79, 80, 81, 100, 160}) {
    for (const std::string& line : lines_of(to_table(finished(), {.width = width}))) {
      EXPECT_LE(columns(line), width) << line;
    }
  }
  EXPECT_THAT(to_table(finished(), {.width = 70}), Not(HasSubstr("█")));
  EXPECT_THAT(to_table(finished(), {.width = 80}), HasSubstr("█"));
}

TEST(Board, HasTheSameLinesWhateverHasHappenedSoThatItCanBeDrawnOverItself) {
  Board board = finished();
  const auto lines = lines_of(to_table(board, {})).size();
  board.at_once = demo::Run{.cells = std::vector<Cell>(4)};
  board.one_by_one.cells[3] = {.state = Cell::State::sending, .begun_ms = 540, .ended_ms = 600};
  board.one_by_one.elapsed_ms.reset();
  const std::string table = to_table(board, {});
  EXPECT_EQ(lines_of(table).size(), lines);
  EXPECT_THAT(table, HasSubstr("sending"));
  EXPECT_THAT(table, HasSubstr("waiting"));
}

TEST(Board, WhatIsBeingSentGrowsWithTime) {
  Board board(*plan_demo({.nodes = 2, .slow = 0, .frozen = 0}));
  board.at_once.cells[0].state = Cell::State::sending;
  board.advance(board.at_once.begun + 7ms);
  EXPECT_EQ(board.at_once.cells[0].ended_ms, 7);
  EXPECT_EQ(board.at_once.cells[1].ended_ms, 0) << "it waits";
}

TEST(Board, ColoursOnlyWhenAskedFor) {
  EXPECT_THAT(to_table(finished(), {.colour = false}), Not(HasSubstr("\x1B")));
  EXPECT_THAT(to_table(finished(), {.colour = true}), HasSubstr("\x1B[31mtimed out"));
}

TEST(Board, ConcludesWithTheRatioAndWhatTheOrdinaryNodesGained) {
  EXPECT_EQ(conclusion(finished()),
            "all at once is 1.5 times as fast; every ordinary node had the message after 21 ms instead of 540 ms");
  EXPECT_EQ(speedup(Board(*plan_demo({}))), 0) << "nothing is over yet";
}

TEST(Board, TheHeadingSaysWhatTheFiguresMean) {
  EXPECT_EQ(
      heading(*plan_demo({})),
      "8 nodes on loopback: 6 ordinary (20 ms to handle a message), 1 slow (200 ms), 1 frozen (given up after 500 ms)");
  EXPECT_EQ(heading(*plan_demo({.nodes = 2, .slow = 0, .frozen = 0})),
            "2 nodes on loopback: 2 ordinary (20 ms to handle a message)");
}

}  // namespace
}  // namespace exocast::demo
