// SPDX-License-Identifier: Apache-2.0
// No message overtakes messages that a link's owner resends after a break.
#include <functional>
#include <utility>

#include "link/native/native_link.h"
#include "testing/link/native_session_fixture.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using native::Batch;
using native::Goodbye;
using native::Welcome;

TEST_F(NativeSessionTest, WhatWaitsBehindItEndsWithWhatMayBeSentAgain) {
  std::vector<std::size_t> batches{open(200)};
  batches.push_back(pair.deliver(numbered_batch(201, 100)));  // no room in the window
  pair.run_for(1ms);
  EXPECT_EQ(pair.link->metrics().waiting, 1U);
  peer().hang_up();
  pair.run_for(200ms);
  welcome(10);
  EXPECT_EQ(pair.end(batches[0]).batch.answered, 10U);
  for (const std::size_t batch : batches) {
    EXPECT_EQ(pair.end(batch).code(), "UNAVAILABLE");
    EXPECT_TRUE(pair.end(batch).batch.resendable);
    EXPECT_EQ(pair.end(batch).batch.note, "");
  }
  EXPECT_TRUE(peer().heard<Batch>().empty());
}

/// Runs `what` right after the events on the wire so far, before any task learns of them.
struct RightAfter final : Runnable {
  RightAfter(SimLoop& loop, std::function<void()> what) : what(std::move(what)) { loop.post(*this); }
  void run() noexcept override { what(); }
  std::function<void()> what;
};

TEST_F(NativeSessionTest, WhatIsGivenBeforeTheWelcomesNewsIsToldDoesNotOvertakeWhatIsSentAgain) {
  const auto first = open(4);
  peer().hang_up();
  pair.run_for(200ms);
  peer().say(write(Welcome{.incarnation = 6, .message_bytes_max = 1 << 20, .window_messages = 256}));
  std::size_t late = 0;
  const RightAfter given(pair.loop, [&] { late = pair.deliver(numbered_batch(5, 1)); });
  pair.run_for(1ms);
  EXPECT_TRUE(pair.end(first).batch.resendable);
  EXPECT_TRUE(pair.end(late).batch.resendable);
  EXPECT_TRUE(peer().heard<Batch>().empty());
}

TEST_F(NativeSessionTest, WhatIsGivenBeforeAGoodbyeIsToldDoesNotOvertakeWhatIsSentAgain) {
  const auto first = open(4);
  peer().say(write(Goodbye{.reason = native::Farewell::shutting_down}));
  std::size_t late = 0;
  const RightAfter given(pair.loop, [&] { late = pair.deliver(numbered_batch(5, 1)); });
  pair.run_for(1ms);
  EXPECT_TRUE(pair.end(first).batch.resendable);
  EXPECT_TRUE(pair.end(late).batch.resendable);
  const auto again = pair.deliver(numbered_batch(1, 5));
  pair.run_for(200ms);
  welcome(0, 6);
  EXPECT_EQ(peer().heard<Batch>().at(0).messages, 5U);
  EXPECT_FALSE(pair.end(again).done);
}

TEST_F(NativeSessionTest, WhatIsGivenAsPatienceEndsDoesNotOvertakeWhatIsSentAgain) {
  struct At final : Timer {
    void fired() noexcept override { what(); }
    std::function<void()> what;
  };
  std::size_t between = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {  // the seed decides which of the two timers fires first
    NativePair pair(seed);
    pair.deliver(numbered_batch(1, 1));
    pair.run_for(1ms);
    pair.refuse_dials = true;
    pair.link->disconnect();
    const auto first = pair.deliver(numbered_batch(2, 4));
    At at;
    std::size_t late = 0;
    at.what = [&] {
      between += static_cast<std::size_t>(pair.link->metrics().waiting == 0);
      late = pair.deliver(numbered_batch(6, 1));
    };
    pair.loop.wake_at(at, pair.loop.now() + pair.options.reconnect_patience);
    pair.run_for(pair.options.reconnect_patience + 1us);
    EXPECT_TRUE(pair.end(first).batch.resendable);
    EXPECT_TRUE(pair.end(late).batch.resendable);
  }
  EXPECT_GT(between, 0U);
}

}  // namespace
}  // namespace exocast
