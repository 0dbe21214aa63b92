// SPDX-License-Identifier: Apache-2.0
#include "exocast/sender_logs.h"

#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "exocast/gather/scope.h"
#include "exocast/gather/wait.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

Origin at(std::uint64_t position, std::uint64_t log = 7, StreamClass of = StreamClass::tokens) {
  return {.log = log, .position = position, .stream_class = of};
}

TEST(SenderLogs, AMessageWithoutAnOriginIsUnknown) {
  SenderLogs logs;
  EXPECT_EQ(logs.stability({}), Stability::unknown);
  EXPECT_EQ(logs.stability(at(1)), Stability::unknown) << "nobody spoke of that log";
  EXPECT_EQ(logs.sender(at(1)), "");
}

TEST(SenderLogs, EachClassOfASenderIsALogOfItsOwn) {
  SenderLogs logs;
  logs.add("a", {.log = 7, .stream_class = StreamClass::tokens, .settled = 1});
  logs.add("a", {.log = 7, .stream_class = StreamClass::bulk, .settled = 0});
  EXPECT_EQ(logs.stability(at(1)), Stability::yes);
  EXPECT_EQ(logs.stability(at(1, 7, StreamClass::bulk)), Stability::not_yet);
  EXPECT_EQ(logs.stability(at(1, 7, StreamClass::control)), Stability::unknown);
  EXPECT_EQ(logs.sender(at(1)), "a");
}

TEST(SenderLogs, NoNodeSpeaksForAnotherOnesLog) {
  SenderLogs logs(2);
  logs.add("a", {.log = 1});
  logs.add("a", {.log = 2});
  logs.add("b", {.log = 1, .settled = 9, .incomplete = {{1, 1}}});
  EXPECT_EQ(logs.stability(at(1, 1)), Stability::not_yet);
  EXPECT_EQ(logs.stability(at(2, 1)), Stability::not_yet);
  EXPECT_EQ(logs.sender(at(1, 1)), "a");
  logs.add("a", {.log = 3});
  EXPECT_EQ(logs.stability(at(1, 1)), Stability::unknown) << "it was not news, either";
}

TEST(SenderLogs, TheLogWithoutNewsForTheLongestTimeIsForgotten) {
  SenderLogs logs(2);
  for (const std::uint64_t log : {1U, 2U, 1U, 3U}) logs.add("a", {.log = log, .settled = 5});
  EXPECT_EQ(logs.stability(at(1, 1)), Stability::yes);
  EXPECT_EQ(logs.stability(at(1, 2)), Stability::unknown);
  EXPECT_EQ(logs.stability(at(1, 3)), Stability::yes);
  EXPECT_EQ(logs.metrics().logs, 2U);
  EXPECT_EQ(logs.metrics().forgotten_total, 1U);
  logs.add("a", {.log = 2, .after = 5, .settled = 6});
  EXPECT_EQ(logs.stability(at(1, 2)), Stability::unknown) << "it may have been incomplete";
  EXPECT_EQ(logs.stability(at(6, 2)), Stability::yes);
}

TEST(SenderLogs, ASenderThatOpensManyLogsPushesOutItsOwnOnly) {
  SenderLogs logs(64);
  logs.add("a", {.log = 1, .settled = 5});
  for (std::uint64_t log = 100; log < 5'100; ++log) logs.add("b", {.log = log, .settled = 1});
  EXPECT_EQ(logs.stability(at(5, 1)), Stability::yes);
  EXPECT_EQ(logs.metrics().logs, 1U + 4U) << "a sixteenth is one sender's";
  EXPECT_EQ(logs.stability(at(1, 5'099)), Stability::yes) << "its newest stay";
  EXPECT_EQ(logs.stability(at(1, 5'095)), Stability::unknown);
  for (std::uint64_t other = 0; other < 100; ++other) logs.add("c" + std::to_string(other), {.log = 10'000 + other});
  EXPECT_EQ(logs.metrics().logs, 64U);
  EXPECT_EQ(logs.stability(at(5, 1)), Stability::unknown) << "of many senders the oldest log goes";
}

TEST(SenderLogs, AnyNumberOfTasksWaitUntilItIsKnownOrTheirDeadline) {
  SimLoop loop(1);
  SenderLogs logs;
  logs.add("a", {.log = 7});
  std::vector<std::pair<Stability, TimePoint>> ends;
  const TimePoint begun = loop.now();
  const auto wait = [&](std::uint64_t position, Duration patience) -> task<void> {
    const Stability said = co_await logs.until_stable(at(position), Deadline::after(begun, patience));
    ends.emplace_back(said, loop.now());
  };
  Scope scope(loop);
  for (const std::uint64_t position : {1U, 2U, 3U, 3U}) scope.spawn(wait(position, 1s));
  scope.spawn(wait(9, 50ms));
  const auto until = [&](Duration time) {
    scope.spawn([](Deadline when) -> task<void> { co_await sleep_until(when); }(Deadline::at(begun + time)));
    while (loop.now() < begun + time && loop.turn()) {
    }
  };
  until(50ms);
  ASSERT_EQ(ends.size(), 1U);
  EXPECT_EQ(ends[0], std::pair(Stability::not_yet, begun + 50ms));
  logs.add("a", {.log = 7, .after = 0, .settled = 2, .incomplete = {{2, 2}}});
  logs.add("b", {.log = 8});  // other news
  until(60ms);
  ASSERT_EQ(ends.size(), 3U);
  EXPECT_EQ(ends[1].first, Stability::yes);
  EXPECT_EQ(ends[2].first, Stability::no);
  logs.add("a", {.log = 7, .after = 2, .settled = 3});
  while (loop.turn()) {
  }
  ASSERT_EQ(ends.size(), 5U);
  EXPECT_EQ(ends[4].first, Stability::yes);
}

}  // namespace
}  // namespace exocast
