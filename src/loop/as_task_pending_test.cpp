// SPDX-License-Identifier: Apache-2.0
// as_task when the task is stopped, or its frame destroyed, while the operation is pending.
#include <array>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "base/random.h"
#include "exocast/as_task.h"
#include "exocast/gather/wait.h"
#include "testing/loop/asio_fixture.h"

namespace exocast {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using std::chrono::hours;

// Each task has all it uses in its frame, and waits for an event that never comes.

task<void> wait_for_timer(AsioLoop& loop, bool& went_on) {
  asio::steady_timer timer(loop.context(), hours(1));
  co_await timer.async_wait(as_task);
  went_on = true;
}
task<void> accept(AsioLoop& loop, bool& went_on) {
  tcp::acceptor acceptor(loop.context(), {asio::ip::address_v4::loopback(), 0});
  co_await acceptor.async_accept(as_task);
  went_on = true;
}
task<void> read_some(AsioLoop& loop, bool& went_on) {
  SocketPair pair(loop);
  std::array<char, 100> buffer{};
  co_await pair.far.async_read_some(asio::buffer(buffer), as_task);
  went_on = true;
}
task<void> read_line(AsioLoop& loop, bool& went_on) {
  SocketPair pair(loop);
  pair.near.write_some(asio::buffer("no newline"));
  std::string line;
  co_await asio::async_read_until(pair.far, asio::dynamic_buffer(line), '\n', as_task);
  went_on = true;
}
task<void> write_all(AsioLoop& loop, bool& went_on) {
  SocketPair pair(loop);
  co_await asio::async_write(pair.near, asio::buffer(big), as_task);
  went_on = true;
}
task<void> connect(AsioLoop& loop, bool& went_on) {
  const Unanswering listener(loop);
  tcp::socket socket(loop.context());
  const std::array endpoints{listener.endpoint(), listener.endpoint()};
  co_await asio::async_connect(socket, endpoints, as_task);
  went_on = true;
}

struct Pending {
  const char* name;
  task<void> (*start)(AsioLoop&, bool&);
};
class AsTaskPending : public testing::TestWithParam<Pending> {};
INSTANTIATE_TEST_SUITE_P(Operations, AsTaskPending,
                         testing::Values(Pending{"Timer", wait_for_timer}, Pending{"Accept", accept},
                                         Pending{"ReadSome", read_some}, Pending{"ReadLine", read_line},
                                         Pending{"WriteAll", write_all}, Pending{"Connect", connect}),
                         [](const auto& info) { return info.param.name; });

TEST_P(AsTaskPending, IsNotStartedOnceTheTaskIsStopped) {
  AsioLoop loop;
  bool went_on = false;
  loop.run([](AsioLoop& loop, Pending pending, bool& went_on) -> task<void> {
    ByHand work(loop, pending.start(loop, went_on));
    work.stop();
    work.start();
    EXPECT_TRUE(work.is_stopped());
    co_return;
  }(loop, GetParam(), went_on));
  EXPECT_FALSE(went_on);
}

TEST_P(AsTaskPending, StopEndsItOnceItHasBeenWoundDown) {
  AsioLoop loop;
  bool went_on = false;
  loop.run([](AsioLoop& loop, Pending pending, bool& went_on) -> task<void> {
    ByHand work(loop, pending.start(loop, went_on));
    work.start();
    co_await some_turns(3);
    EXPECT_FALSE(work.is_stopped());
    work.stop();
    EXPECT_FALSE(work.is_stopped());  // its handler has not run: the buffers are still in use
    while (!work.is_stopped()) co_await yield();
  }(loop, GetParam(), went_on));
  EXPECT_FALSE(went_on);
}

TEST_P(AsTaskPending, StopRightAfterTheStart) {
  AsioLoop loop;
  bool went_on = false;
  loop.run([](AsioLoop& loop, Pending pending, bool& went_on) -> task<void> {
    ByHand work(loop, pending.start(loop, went_on));
    work.start();
    work.stop();
    while (!work.is_stopped()) co_await yield();
  }(loop, GetParam(), went_on));
  EXPECT_FALSE(went_on);
}

TEST_P(AsTaskPending, RunDrainsIt) {
  AsioLoop loop;
  bool went_on = false;
  EXPECT_EQ(loop.run([](AsioLoop& loop, Pending pending, bool& went_on) -> task<void> {
                  loop.request_stop();
                  co_await pending.start(loop, went_on);
                }(loop, GetParam(), went_on))
                .reason(),
            Reason::cancelled);
  EXPECT_FALSE(went_on);
}

TEST_P(AsTaskPending, LeavesNothingBehindWhenItsFrameIsDestroyed) {
  AsioLoop loop;
  bool went_on = false;
  loop.run([](AsioLoop& loop, Pending pending, bool& went_on) -> task<void> {
    for (const int turns : {0, 1, 3}) {
      ByHand work(loop, pending.start(loop, went_on));
      work.start();
      co_await some_turns(turns);
      work.destroy();
      co_await some_turns(3);  // the handler runs after the end of the task
      EXPECT_FALSE(work.is_stopped() || work.is_completed());
    }
  }(loop, GetParam(), went_on));
  EXPECT_FALSE(went_on);
}

TEST_P(AsTaskPending, LeavesNothingBehindWhenItsFrameIsDestroyedWhileStopping) {
  AsioLoop loop;
  bool went_on = false;
  loop.run([](AsioLoop& loop, Pending pending, bool& went_on) -> task<void> {
    Scope scope(loop);
    scope.spawn(pending.start(loop, went_on));
    co_await some_turns(2);
  }(loop, GetParam(), went_on));
  loop.run(some_turns(3));
  EXPECT_FALSE(went_on);
}

TEST_P(AsTaskPending, TheLoopMayGoBeforeTheHandlerHasRun) {
  bool went_on = false;
  for (const bool run_again : {false, true}) {
    AsioLoop loop;
    Scope scope(loop);
    loop.run([](AsioLoop& loop, Scope& scope, Pending pending, bool& went_on) -> task<void> {
      scope.spawn(pending.start(loop, went_on));
      co_await some_turns(1);
    }(loop, scope, GetParam(), went_on));
    if (run_again) loop.run(some_turns(1));
    const AsioLoop::Entry inside = loop.enter();
    scope.request_stop();
  }
  EXPECT_FALSE(went_on);
}

TEST_P(AsTaskPending, AForeignThreadStopsOrDestroysItAtAnyMoment) {
  AsioLoop loop;
  Random random(1);
  for (int round = 0; round < 60; ++round) {
    bool went_on = false;
    Event done;
    ByHand work(loop, GetParam().start(loop, went_on));
    {
      const AsioLoop::Entry inside = loop.enter();
      work.start();
    }
    std::thread other([&, delay = std::chrono::microseconds(random.below(300)), destroys = round % 2 == 0] {
      std::this_thread::sleep_for(delay);
      const AsioLoop::Entry inside = loop.enter();
      work.stop();
      if (destroys) work.destroy();
      done.set();
    });
    loop.run([](Event& done) -> task<void> {
      co_await done.wait();
      co_await some_turns(1);
    }(done));
    other.join();
    EXPECT_FALSE(went_on);
  }
}

}  // namespace
}  // namespace exocast
