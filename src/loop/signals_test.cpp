// SPDX-License-Identifier: Apache-2.0
#include "exocast/signals.h"

#include <csignal>

#include <boost/system/system_error.hpp>
#include <gtest/gtest.h>

#include "exocast/gather/wait.h"

namespace exocast {
namespace {

using std::chrono::seconds;

TEST(Signals, GivesTheNumberOfTheSignalThatCame) {
  AsioLoop loop;
  Signals signals(loop);
  const auto outcome = loop.run([](Signals& signals) -> task<std::pair<int, int>> {
    std::raise(SIGTERM);
    const int first = co_await signals.next();
    std::raise(SIGINT);
    co_return std::pair(first, co_await signals.next());
  }(signals));
  EXPECT_EQ(outcome.value(), std::pair(SIGTERM, SIGINT));
}

TEST(Signals, ASignalWakesTheWaitingLoop) {
  AsioLoop loop;
  Signals signals(loop, {SIGUSR1});
  std::thread sender([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    std::raise(SIGUSR1);
  });
  EXPECT_EQ(loop.run(signals.next()).value(), SIGUSR1);
  sender.join();
}

TEST(Signals, WaitingForOneStopsWithTheTask) {
  AsioLoop loop;
  Signals signals(loop, {SIGUSR1});
  const auto outcome = loop.run([](AsioLoop& loop, Signals& signals) -> task<void> {
    Scope waiting(loop);
    waiting.spawn([](AsioLoop& loop, Signals& signals) -> task<void> {
      co_await signals.next();
      loop.request_stop();
    }(loop, signals));
    EXPECT_EQ(co_await waiting.drain(Deadline::after(loop.now(), seconds(20))), 0);
  }(loop, signals));
  EXPECT_TRUE(outcome.ok());
}

TEST(Signals, CtrlCStopsWhatRuns) {
  AsioLoop loop;
  Signals signals(loop);
  const auto outcome = loop.run([](AsioLoop& loop, Signals& signals) -> task<void> {
    Scope watching(loop);
    watching.spawn([](AsioLoop& loop, Signals& signals) -> task<void> {
      co_await signals.next();
      loop.request_stop();
    }(loop, signals));
    std::raise(SIGINT);
    co_await until_stopped();
  }(loop, signals));
  EXPECT_EQ(outcome.reason(), Reason::cancelled);
}

TEST(Signals, EachOfSeveralIsTold) {
  AsioLoop loop;
  Signals one(loop, {SIGUSR1});
  Signals two(loop, {SIGUSR1, SIGUSR2});
  const auto outcome = loop.run([](Signals& one, Signals& two) -> task<int> {
    std::raise(SIGUSR1);
    co_return co_await one.next() + co_await two.next();
  }(one, two));
  EXPECT_EQ(outcome.value(), 2 * SIGUSR1);
}

TEST(Signals, RefusesWhatCannotBeCaught) {
  AsioLoop loop;
  EXPECT_THROW(Signals(loop, {SIGKILL}), boost::system::system_error);
}

TEST(Signals, TheSignalEndsTheProcessAgainAfterwards) {
  EXPECT_EXIT(
      {
        AsioLoop loop;
        {
          const Signals signals(loop, {SIGTERM});
        }
        std::raise(SIGTERM);
        std::exit(0);
      },
      testing::KilledBySignal(SIGTERM), "");
}

}  // namespace
}  // namespace exocast
