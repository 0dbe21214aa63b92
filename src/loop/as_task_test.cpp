// SPDX-License-Identifier: Apache-2.0
#include "exocast/as_task.h"

#include <array>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/compose.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/defer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <gtest/gtest.h>

#include "exocast/gather/gather.h"
#include "exocast/gather/run_loop.h"
#include "testing/loop/asio_fixture.h"

namespace exocast {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// An operation of signature void(Values...) that completes in the next turn.
template <class Signature, class... Values>
auto later(AsioLoop& loop, Values... values) {
  return asio::async_initiate<const AsTask&, Signature>(
      [&loop, values...](auto handler) {
        const auto executor = asio::get_associated_executor(handler);
        asio::post(loop.context(), asio::bind_executor(executor, [handler = std::move(handler), values...]() mutable {
                     std::move(handler)(values...);
                   }));
      },
      as_task);
}

TEST(AsTask, GivesWhatTheSignatureSays) {
  AsioLoop loop;
  const auto outcome = loop.run([](AsioLoop& loop) -> task<void> {
    const error_code fine;
    static_assert(std::is_void_v<decltype(later<void()>(loop).await_resume())>);
    co_await later<void()>(loop);
    const int one = co_await later<void(int)>(loop, 1);
    EXPECT_EQ(one, 1);
    const std::tuple<int, std::string> two = co_await later<void(int, std::string)>(loop, 1, std::string("b"));
    EXPECT_EQ(two, std::tuple(1, "b"));
    const std::expected<void, error_code> nothing = co_await later<void(error_code)>(loop, fine);
    EXPECT_TRUE(nothing.has_value());
    const std::expected<int, error_code> value = co_await later<void(error_code, int)>(loop, fine, 5);
    EXPECT_EQ(value.value(), 5);
    const std::expected<std::tuple<int, char>, error_code> both =
        co_await later<void(error_code, int, char)>(loop, fine, 5, 'x');
    EXPECT_EQ(both.value(), std::tuple(5, 'x'));
  }(loop));
  EXPECT_TRUE(outcome.ok());
}

TEST(AsTask, GivesTheErrorCodeAsAnError) {
  AsioLoop loop;
  loop.run([](AsioLoop& loop) -> task<void> {
    const error_code eof = asio::error::eof;
    EXPECT_EQ((co_await later<void(error_code)>(loop, eof)).error(), eof);
    EXPECT_EQ((co_await later<void(error_code, int)>(loop, eof, 1)).error(), eof);
    EXPECT_EQ((co_await later<void(error_code, int, char)>(loop, eof, 1, 'x')).error(), eof);
    const error_code aborted = asio::error::operation_aborted;  // from elsewhere: the task was not stopped
    EXPECT_EQ((co_await later<void(error_code)>(loop, aborted)).error(), aborted);
  }(loop));
}

TEST(AsTask, MovesValuesThatCannotBeCopied) {
  AsioLoop loop;
  const auto outcome = loop.run([](AsioLoop& loop) -> task<int> {
    const auto initiation = [&loop](auto handler, std::unique_ptr<int> value) {
      const auto executor = asio::get_associated_executor(handler);
      asio::post(loop.context(),
                 asio::bind_executor(executor, [handler = std::move(handler), value = std::move(value)]() mutable {
                   std::move(handler)(error_code(), std::move(value));
                 }));
    };
    const auto got = co_await asio::async_initiate<const AsTask&, void(error_code, std::unique_ptr<int>)>(
        initiation, as_task, std::make_unique<int>(3));
    co_return **got;
  }(loop));
  EXPECT_EQ(outcome.value(), 3);
}

TEST(AsTask, StartsNothingBeforeItIsAwaited) {
  AsioLoop loop;
  bool started = false;
  const auto outcome = loop.run([](bool& started) -> task<void> {
    auto operation = asio::async_initiate<const AsTask&, void()>(
        [&](auto handler) {
          started = true;
          asio::post(std::move(handler));
        },
        as_task);
    co_await yield();
    EXPECT_FALSE(started);
    co_await operation;
    EXPECT_TRUE(started);
  }(started));
  EXPECT_TRUE(outcome.ok());
}

TEST(AsTask, GoesOnWhenTheOperationCompletesWhileItStarts) {
  AsioLoop loop;
  const auto outcome = loop.run([]() -> task<int> {
    int sum = 0;
    for (int i = 0; i < 100'000; ++i) {  // the stack must not grow
      sum +=
          co_await asio::async_initiate<const AsTask&, void(int)>([](auto handler) { std::move(handler)(1); }, as_task);
    }
    co_return sum;
  }());
  EXPECT_EQ(outcome.value(), 100'000);
}

TEST(AsTask, ThrowsWhatStartingThrowsIntoTheTask) {
  AsioLoop loop;
  const auto outcome = loop.run([]() -> task<void> {
    co_await asio::async_initiate<const AsTask&, void()>([](auto) { throw std::runtime_error("no"); }, as_task);
  }());
  EXPECT_EQ(outcome.reason(), Reason::error);
}

TEST(AsTask, IsRefusedInATaskThatNoAsioLoopRuns) {
  RunLoop loop;
  const auto outcome = loop.run([]() -> task<void> { co_await asio::post(as_task); }());
  EXPECT_THROW(std::rethrow_exception(outcome.exception()), std::logic_error);
}

TEST(AsTask, PostAndDispatchAndTimers) {
  AsioLoop loop;
  const auto outcome = loop.run([](AsioLoop& loop) -> task<void> {
    co_await asio::post(as_task);
    co_await asio::post(loop.context(), as_task);
    co_await asio::dispatch(loop.context(), as_task);
    co_await asio::defer(as_task);
    asio::steady_timer timer(loop.context(), milliseconds(2));
    const TimePoint start = Clock::now();
    EXPECT_TRUE((co_await timer.async_wait(as_task)).has_value());
    EXPECT_GE(Clock::now(), start + milliseconds(1));
  }(loop));
  EXPECT_TRUE(outcome.ok());
}

TEST(AsTask, ConnectsAcceptsWritesAndReads) {
  AsioLoop loop;
  const auto outcome = loop.run([](AsioLoop& loop) -> task<void> {
    tcp::acceptor acceptor(loop.context(), {asio::ip::address_v4::loopback(), 0});
    tcp::socket client(loop.context());
    const std::array endpoints{acceptor.local_endpoint()};
    EXPECT_EQ((co_await asio::async_connect(client, endpoints, as_task)).value(), endpoints[0]);
    tcp::socket server = (co_await acceptor.async_accept(as_task)).value();

    const std::string line = "to all nodes\n";
    EXPECT_EQ((co_await asio::async_write(client, asio::buffer(line), as_task)).value(), line.size());
    std::string got;
    EXPECT_EQ((co_await asio::async_read_until(server, asio::dynamic_buffer(got), '\n', as_task)).value(), line.size());
    EXPECT_EQ(got, line);
    client.close();
    const auto end = co_await server.async_read_some(asio::buffer(got), as_task);
    EXPECT_EQ(end.error(), asio::error::eof);
  }(loop));
  EXPECT_TRUE(outcome.ok());
}

TEST(AsTask, WritesAndReadsMoreThanTheSocketHolds) {
  AsioLoop loop;
  loop.run([](AsioLoop& loop) -> task<void> {
    SocketPair pair(loop);
    const std::string sent(8 << 20, 's');
    std::string got(sent.size(), ' ');
    const auto transfer = [&](bool write) -> task<void> {
      if (write) {
        EXPECT_EQ((co_await asio::async_write(pair.near, asio::buffer(sent), as_task)).value(), sent.size());
      } else {
        EXPECT_EQ((co_await asio::async_read(pair.far, asio::buffer(got), as_task)).value(), got.size());
      }
    };
    co_await gather(std::vector{true, false}, transfer);
    EXPECT_EQ(got, sent);
  }(loop));
}

TEST(AsTask, HandlersAndTheStepsOfComposedOperationsRunInside) {
  AsioLoop loop;
  loop.run([](AsioLoop& loop) -> task<void> {
    const auto steps = [&loop, step = 0](auto& self) mutable {
      EXPECT_TRUE(loop.inside());
      if (step++ == 3) return self.complete();
      asio::post(loop.context(), std::move(self));
    };
    co_await asio::async_compose<const AsTask&, void()>(steps, as_task, loop.context());
    EXPECT_TRUE(loop.inside());
  }(loop));
}

// A completion and the deadline in the same turn.

TEST(AsTask, BytesThatAreThereInTheTurnOfTheDeadlineWin) {
  AsioLoop loop;
  const auto outcome = loop.run([](AsioLoop& loop) -> task<Reason> {
    SocketPair pair(loop);
    const TimePoint moment = loop.now() + milliseconds(10);
    const auto read = [&](int) -> task<std::size_t> {
      char byte = 0;
      co_return (co_await pair.far.async_read_some(asio::buffer(&byte, 1), as_task)).value();
    };
    std::optional<Reason> reason;
    Event done;
    Scope reading(loop);
    reading.spawn(gather(std::vector{1}, read, {.deadline = Deadline::at(moment)}), [&](const auto& all) noexcept {
      reason = all.value().outcomes[0].reason();
      done.set();
    });
    pair.near.write_some(asio::buffer("x", 1));
    std::this_thread::sleep_until(moment + milliseconds(1));
    EXPECT_FALSE(reason.has_value());
    co_await done.wait();
    co_return *reason;
  }(loop));
  EXPECT_EQ(outcome.value(), Reason::ok);
}

TEST(AsTask, AnAsioTimerOfTheMomentOfTheDeadlineWins) {
  AsioLoop loop;
  const auto outcome = loop.run([](AsioLoop& loop) -> task<Reason> {
    const TimePoint moment = loop.now() + milliseconds(3);
    const auto wait = [&](int) -> task<void> {
      asio::steady_timer timer(loop.context(), moment);
      co_await timer.async_wait(as_task);
    };
    const auto all = co_await gather(std::vector{1}, wait, {.deadline = Deadline::at(moment)});
    co_return all.outcomes[0].reason();
  }(loop));
  EXPECT_EQ(outcome.value(), Reason::ok);
}

}  // namespace
}  // namespace exocast
