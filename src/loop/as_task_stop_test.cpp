// SPDX-License-Identifier: Apache-2.0
// as_task when a stop coincides with the result, and under load.
#include <array>
#include <memory>
#include <string>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "base/random.h"
#include "exocast/as_task.h"
#include "testing/loop/asio_fixture.h"

namespace exocast {
namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

// A result that is ready when the stop comes counts.

TEST(AsTaskStop, BytesThatWereReadCount) {
  AsioLoop loop;
  loop.run([](AsioLoop& loop) -> task<void> {
    SocketPair pair(loop);
    pair.near.write_some(asio::buffer("abc", 3));
    std::size_t got = 0;
    ByHand work(loop, [](SocketPair& pair, std::size_t& got) -> task<void> {
      std::array<char, 8> buffer{};
      got = (co_await pair.far.async_read_some(asio::buffer(buffer), as_task)).value();
      co_await yield();
      ADD_FAILURE() << "did not stop at its next wait";
    }(pair, got));
    work.start();  // reads at once; the handler runs later
    work.stop();
    while (!work.is_stopped()) co_await yield();
    EXPECT_EQ(got, 3);
  }(loop));
}

TEST(AsTaskStop, AnErrorOfTheOperationItselfCounts) {
  AsioLoop loop;
  loop.run([](AsioLoop& loop) -> task<void> {
    SocketPair pair(loop);
    pair.near.close();
    ByHand work(loop, [](SocketPair& pair) -> task<void> {
      char byte = 0;
      EXPECT_EQ((co_await pair.far.async_read_some(asio::buffer(&byte, 1), as_task)).error(), asio::error::eof);
    }(pair));
    work.start();
    work.stop();
    while (!work.is_completed()) co_await yield();
  }(loop));
}

TEST(AsTaskStop, ATimerThatExpiredInTheTurnOfTheStopCounts) {
  AsioLoop loop;
  loop.run([](AsioLoop& loop) -> task<void> {
    const TimePoint moment = loop.now() + milliseconds(2);
    std::vector<std::unique_ptr<ByHand>> works;
    const auto wait = [&](std::size_t other) -> task<void> {
      asio::steady_timer timer(loop.context(), moment);
      EXPECT_TRUE((co_await timer.async_wait(as_task)).has_value());
      works[other]->stop();
    };
    works.push_back(std::make_unique<ByHand>(loop, wait(1)));
    works.push_back(std::make_unique<ByHand>(loop, wait(0)));
    for (auto& work : works) work->start();
    std::this_thread::sleep_for(milliseconds(5));
    while (!works[0]->is_completed() || !works[1]->is_completed()) co_await yield();
  }(loop));
}

TEST(AsTaskStop, AnOperationSomebodyElseCancelsEndsWithThatError) {
  AsioLoop loop;
  loop.run([](AsioLoop& loop) -> task<void> {
    SocketPair pair(loop);
    ByHand work(loop, [](SocketPair& pair) -> task<void> {
      char byte = 0;
      const auto read = co_await pair.far.async_read_some(asio::buffer(&byte, 1), as_task);
      EXPECT_EQ(read.error(), asio::error::operation_aborted);
    }(pair));
    work.start();
    pair.far.close();
    while (!work.is_completed()) co_await yield();
  }(loop));
}

TEST(AsTaskStop, AnOperationThatCompletedAtOnceIsNotCancelledLater) {
  AsioLoop loop;
  loop.run([](AsioLoop& loop) -> task<void> {
    ByHand work(loop, []() -> task<void> {
      auto operation = asio::async_initiate<const AsTask&, void()>([](auto handler) { handler(); }, as_task);
      co_await operation;
      co_await until_stopped();
    }());
    work.start();
    work.stop();
    EXPECT_TRUE(work.is_stopped());
    co_return;
  }(loop));
}

/// Sends and receives until one of them is stopped.
task<void> chatter(AsioLoop& loop) {
  SocketPair pair(loop);
  Scope sending(loop);
  sending.spawn([](SocketPair& pair) -> task<void> {
    while ((co_await asio::async_write(pair.near, asio::buffer(big), as_task)).has_value()) {
    }
  }(pair));
  std::string chunk(1 << 16, ' ');
  while ((co_await asio::async_read(pair.far, asio::buffer(chunk), as_task)).has_value()) {
  }
}

TEST(AsTaskStop, AForeignThreadDestroysOperationsInFullFlow) {
  AsioLoop loop;
  Random random(2);
  for (int round = 0; round < 60; ++round) {
    ByHand work(loop, chatter(loop));
    Event done;
    std::thread other([&, delay = std::chrono::microseconds(random.below(3000)), stops = round % 2 == 0] {
      std::this_thread::sleep_for(delay);
      const AsioLoop::Entry inside = loop.enter();
      if (stops) work.stop();
      work.destroy();
      done.set();
    });
    loop.run([](ByHand& work, Event& done) -> task<void> {
      if (!done.is_set()) work.start();
      co_await done.wait();
      co_await some_turns(1);
    }(work, done));
    other.join();
  }
}

}  // namespace
}  // namespace exocast
