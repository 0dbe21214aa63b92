// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/task.h"

#include <memory>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::AtEnd;
using test::Counted;
using test::StackUse;
using test::World;
using namespace std::chrono_literals;

task<int> give(int number) { co_return number; }
task<int> fail(const char* text) {
  throw std::runtime_error(text);
  co_return 0;
}

TEST(Task, IsLazy) {
  bool started = false;
  const auto work = [&]() -> task<void> {
    started = true;
    co_return;
  };
  task<void> pending = work();
  EXPECT_TRUE(pending);
  EXPECT_FALSE(started);
  World world;
  EXPECT_TRUE(world.run(std::move(pending)).ok());
  EXPECT_TRUE(started);
}

TEST(Task, EndsWithAValue) {
  World world;
  const auto work = []() -> task<std::string> {
    const int a = co_await give(40);
    co_return std::to_string(a + co_await give(2));
  };
  EXPECT_EQ(*world.run(work()), "42");
}

TEST(Task, MayEndWithAValueThatOnlyMoves) {
  World world;
  const auto inner = []() -> task<std::unique_ptr<int>> { co_return std::make_unique<int>(7); };
  const auto outer = [&]() -> task<std::unique_ptr<int>> { co_return co_await inner(); };
  EXPECT_EQ(**world.run(outer()), 7);
}

TEST(Task, AnExceptionIsThrownWhereItIsAwaited) {
  World world;
  const auto work = []() -> task<std::string> {
    try {
      co_await fail("broken");
    } catch (const std::runtime_error& error) {
      co_return error.what();
    }
    co_return "went on";
  };
  EXPECT_EQ(*world.run(work()), "broken");
}

TEST(Task, AnExceptionNobodyCatchesIsItsOutcome) {
  World world;
  const auto work = []() -> task<int> { co_return co_await fail("broken"); };
  const Outcome<int> outcome = world.run(work());
  EXPECT_EQ(outcome.reason(), Reason::error);
  EXPECT_THROW(std::rethrow_exception(outcome.exception()), std::runtime_error);
}

TEST(Task, AMovedFromTaskIsEmptyAndSoIsASkippedOne) {
  task<int> a = give(1);
  task<int> b = std::move(a);
  EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move): that is the point
  EXPECT_TRUE(b);
  a = std::move(b);
  EXPECT_TRUE(a);
  EXPECT_FALSE(b);  // NOLINT(bugprone-use-after-move)
  EXPECT_FALSE(task<int>(skip));
  a.reset();
  EXPECT_FALSE(a);
  a.reset();
}

TEST(Task, AssigningDropsTheWorkThatWasThere) {
  int alive = 0;
  const auto work = [](Counted) -> task<void> { co_return; };
  task<void> one = work(Counted(alive));
  task<void> other = work(Counted(alive));
  EXPECT_EQ(alive, 2);
  one = std::move(other);
  EXPECT_EQ(alive, 1);
  task<void>& same = one;
  one = std::move(same);
  EXPECT_TRUE(one) << "moved to itself it stays";
  one.reset();
  EXPECT_EQ(alive, 0);
}

TEST(Task, DestroyedBeforeItStartsItDropsItsArguments) {
  int alive = 0;
  {
    const auto work = [](Counted) -> task<void> { co_return; };
    const task<void> never = work(Counted(alive));
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
}

/// Four tasks deep; each records its destruction.
task<void> nest(int depth, std::string& log) {
  const AtEnd bye([&log, depth] { log += static_cast<char>('0' + depth); });
  if (depth < 3) {
    co_await nest(depth + 1, log);
  } else {
    co_await until_stopped();
  }
  log += '!';
}

TEST(Task, StoppingTakesDownTheAwaitingTasksInnermostFirst) {
  World world;
  Scope scope(world.loop);
  std::string log;
  Reason reason = Reason::not_started;
  scope.spawn(nest(0, log), [&](const Outcome<Unit>& outcome) noexcept { reason = outcome.reason(); });
  EXPECT_EQ(log, "");
  scope.request_stop();
  EXPECT_EQ(log, "3210") << "each frame is destroyed, none is resumed";
  EXPECT_EQ(reason, Reason::cancelled);
}

TEST(Task, StoppingIsNoExceptionAndCannotBeCaught) {
  World world;
  Scope scope(world.loop);
  bool caught = false;
  const auto work = [&]() -> task<void> {
    try {
      co_await until_stopped();
    } catch (...) {
      caught = true;
    }
  };
  Reason reason = Reason::not_started;
  scope.spawn(work(), [&](const Outcome<Unit>& outcome) noexcept { reason = outcome.reason(); });
  scope.request_stop();
  EXPECT_FALSE(caught);
  EXPECT_EQ(reason, Reason::cancelled);
}

TEST(Task, AskedToStopItRunsOnToItsNextWait) {
  World world;
  std::string log;
  const auto work = [&]() -> task<void> {
    (co_await this_context()).stop->request();
    log += "on ";
    co_await give(1);
    log += "and on ";
    co_await yield();
    log += "too far";
  };
  EXPECT_EQ(world.run(work()).reason(), Reason::cancelled);
  EXPECT_EQ(log, "on and on ");
}

TEST(Task, AbandonedInTheMiddleItsDestructorsRunInnermostFirst) {
  World world;
  std::string log;
  const auto root = [](std::string& log) -> task<void> {
    const AtEnd bye([&log] { log += "root"; });
    co_await test::Stubborn(Deadline::never());
  };
  {
    Scope scope(world.loop);
    const auto outer = [&]() -> task<void> {
      const AtEnd bye([&log] { log += " outer"; });
      co_await root(log);
    };
    scope.spawn(outer());
  }
  EXPECT_EQ(log, "root outer");
}

TEST(Task, AMillionAwaitsOfFinishedTasksNeedNoStack) {
  World world;
  StackUse stack;
  const auto inner = [&](int number) -> task<int> {
    stack.note();
    co_return number & 1;
  };
  const auto loop = [&]() -> task<int> {
    int sum = 0;
    for (int i = 0; i < 1'000'000; ++i) sum += co_await inner(i);
    co_return sum;
  };
  EXPECT_EQ(*world.run(loop()), 500'000);
  EXPECT_LT(stack.bytes(), 4096U);
}

TEST(Task, AHundredThousandNestedTasksEndAndStopWithoutStack) {
  World world;
  const auto work = [](auto& self, int depth, bool stop) -> task<int> {
    if (depth == 0) {
      if (stop) co_await until_stopped();
      co_return 0;
    }
    co_return 1 + co_await self(self, depth - 1, stop);
  };
  EXPECT_EQ(*world.run(work(work, 100'000, false)), 100'000);
  EXPECT_EQ(world.run(work(work, 100'000, true)).reason(), Reason::cancelled);
}

TEST(Task, AnExceptionWhileItsValueIsMadeIsItsException) {
  struct Touchy {
    explicit Touchy(int) { throw std::logic_error("touchy"); }
  };
  World world;
  const auto work = []() -> task<Touchy> { co_return 1; };
  const auto outcome = world.run(work());
  EXPECT_EQ(outcome.reason(), Reason::error);
  EXPECT_THROW(std::rethrow_exception(outcome.exception()), std::logic_error);
}

TEST(Task, MayReturnAnExpectedAsAValueOrAnError) {
  World world;
  const auto work = [](bool good) -> task<std::expected<int, std::string>> {
    if (good) co_return 1;
    co_return std::unexpected("no");
  };
  const auto both = [&]() -> task<int> {
    const auto yes = co_await work(true);
    const auto no = co_await work(false);
    co_return yes.value() + (no.has_value() ? 100 : 10);
  };
  EXPECT_EQ(*world.run(both()), 11);
}

}  // namespace
}  // namespace exocast
