// SPDX-License-Identifier: Apache-2.0
#include "loop/poller.h"

#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/gather/wait.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

/// A watched eventfd.
class Counter final : private Poller::Watch {
 public:
  explicit Counter(Poller& poller) : Counter(poller, eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {}
  Counter(Poller& poller, int descriptor) : Watch(poller, descriptor) { EXPECT_FALSE(begin()); }
  void add() {
    const std::uint64_t one = 1;
    EXPECT_EQ(write(descriptor(), &one, sizeof one), static_cast<ssize_t>(sizeof one));
  }

  std::size_t readable = 0;
  std::size_t writable = 0;
  std::function<void()> then;

 private:
  void ready(Readiness readiness) noexcept override {
    readable += readiness.readable ? 1 : 0;
    writable += readiness.writable ? 1 : 0;
    if (const auto go_on = then) go_on();
  }
};

class PollerTest : public testing::Test {
 protected:
  /// Runs the loop until `holds`, for at most 10 s.
  void run_until(const std::function<bool()>& holds) {
    loop_.run([](const std::function<bool()>& holds) -> task<void> {
      for (int tries = 0; tries < 10'000 && !holds(); ++tries) co_await sleep_for(1ms);
    }(holds));
    EXPECT_TRUE(holds());
  }
  void run_for(Duration time) {
    loop_.run([](Duration time) -> task<void> { co_await sleep_for(time); }(time));
  }
  std::vector<std::unique_ptr<Counter>> counters(std::size_t count) {
    std::vector<std::unique_ptr<Counter>> made;
    while (made.size() < count) made.push_back(std::make_unique<Counter>(poller_));
    return made;
  }

  AsioLoop loop_;
  Poller poller_{loop_};
};

TEST_F(PollerTest, TellsWhatIsReadyWhenTheWatchBegins) {
  Counter counter(poller_);
  run_until([&] { return counter.writable == 1; });
  EXPECT_EQ(counter.readable, 0U);
}

TEST_F(PollerTest, TellsOnceForEachEdge) {
  Counter counter(poller_);
  run_until([&] { return counter.writable == 1; });
  for (std::size_t edge = 1; edge <= 3; ++edge) {
    counter.add();
    run_until([&] { return counter.readable == edge; });
    run_for(5ms);
    EXPECT_EQ(counter.readable, edge) << "it stays readable, and that is told once";
  }
}

TEST_F(PollerTest, TellsMoreThanOneTurnsWorth) {
  const auto all = counters(2 * Poller::events_max + 10);
  EXPECT_EQ(poller_.watched(), all.size());
  for (const auto& counter : all) counter->add();
  run_until([&] { return std::ranges::all_of(all, [](const auto& counter) { return counter->readable > 0; }); });
}

TEST_F(PollerTest, TasksHaveTheirTurnWhileSocketsAreAlwaysReady) {
  Counter counter(poller_);
  bool slept = false;
  counter.then = [&] {
    if (!slept) counter.add();  // one new edge per notification, without end
  };
  loop_.run([](bool& slept) -> task<void> {
    for (int i = 0; i < 100; ++i) co_await yield();
    co_await sleep_for(1ms);
    slept = true;
  }(slept));
  EXPECT_TRUE(slept);
}

TEST_F(PollerTest, AWatchMayDestroyOthersThatAreBeingToldAndItself) {
  auto all = counters(100);
  std::size_t told = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i]->then = [&, i] {
      ++told;
      for (std::size_t other = 0; other < all.size(); ++other) {
        if (other != i) all[other].reset();
      }
      all[i].reset();
    };
  }
  run_until([&] { return told > 0; });
  run_for(5ms);
  EXPECT_EQ(told, 1U);
  EXPECT_EQ(poller_.watched(), 0U);
}

TEST_F(PollerTest, OneThatIsDestroyedIsNotToldThoughItsSocketLivesOn) {
  std::array<int, 2> sockets{};
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, sockets.data()), 0);
  const int copy = dup(sockets[0]);  // as in a process forked meanwhile
  auto counter = std::make_unique<Counter>(poller_, sockets[0]);
  bool told = false;
  counter->then = [&] { told = true; };
  counter.reset();
  EXPECT_EQ(write(sockets[1], "x", 1), 1);
  run_for(5ms);
  EXPECT_FALSE(told);
  close(copy);
  close(sockets[1]);
}

TEST(Poller, MayGoWhileItsLoopGoesOn) {
  AsioLoop loop;
  for (int i = 0; i < 3; ++i) {
    auto poller = std::make_unique<Poller>(loop);
    Counter counter(*poller);
    loop.run([]() -> task<void> { co_await sleep_for(1ms); }());
    EXPECT_EQ(counter.writable, 1U);
  }
  EXPECT_TRUE(loop.run([]() -> task<void> { co_await sleep_for(1ms); }()).ok());
}

}  // namespace
}  // namespace exocast
