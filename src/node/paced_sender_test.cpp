// SPDX-License-Identifier: Apache-2.0
#include "node/paced_sender.h"

#include <vector>

#include <gtest/gtest.h>

#include "node/send_pace.h"
#include "testing/broadcast/sim_network.h"
#include "testing/node/numbered.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

class PacedSenderTest : public testing::Test {
 protected:
  /// When each of `count` messages was sent.
  std::vector<Duration> send(PacedSender& sender, int count, Duration timeout) {
    std::vector<Duration> at;
    const TimePoint begun = loop.now();
    const auto all = [&]() -> task<void> {
      for (int number = 0; number < count; ++number) {
        const Message message = numbered(number, static_cast<std::size_t>(number));
        co_await sender.room(message, {.timeout = timeout});
        at.push_back(loop.now() - begun);
        sender.send(message, {.timeout = timeout});
      }
    };
    EXPECT_TRUE(loop.run(all()).ok());
    return at;
  }

  SimLoop loop{1};
  SimNetwork network{loop};
};

TEST_F(PacedSenderTest, ASilentPeerHoldsTheOthersOnceForAnEighthOfTheTimeout) {
  network.add({.there = 1ms});
  network.add({.fate = SimFate::dropped});
  Broadcaster broadcaster(loop, network.roster());
  PacedSender sender(broadcaster, loop);
  const auto at = send(sender, 200, 16s);
  EXPECT_EQ(at[SendPace::window_first - 1], 0s);
  EXPECT_EQ(at[SendPace::window_first], 2s);
  EXPECT_LE(at.back(), 2500ms);
}

TEST_F(PacedSenderTest, TheReportsAreInTheOrderOfTheMessagesAndNoneIsMissing) {
  network.add({.there = 3ms});
  network.add({.fate = SimFate::dropped});
  Broadcaster broadcaster(loop, network.roster());
  PacedSender sender(broadcaster, loop);
  send(sender, 100, 8s);
  EXPECT_FALSE(sender.take()) << "the silent peer still has time";
  EXPECT_EQ(sender.oldest().receivers, 2U);
  EXPECT_EQ(sender.oldest().settled, 1U);
  while (loop.turn()) {
  }
  for (int number = 0; number < 100; ++number) {
    const auto report = sender.take();
    ASSERT_TRUE(report.has_value()) << number;
    EXPECT_EQ(report->message_bytes, numbered(number, static_cast<std::size_t>(number)).bytes());
    EXPECT_EQ(report->outcomes[0].outcome, PeerOutcome::delivered);
    EXPECT_NE(report->outcomes[1].outcome, PeerOutcome::delivered);
  }
  EXPECT_FALSE(sender.take());
}

TEST_F(PacedSenderTest, AMessageWithoutRoomWaitsAsLongAsItsTimeoutAndHasAReport) {
  network.add({.fate = SimFate::dropped});
  Broadcaster broadcaster(loop, network.roster(), {.broadcasts_max = 1});
  ASSERT_TRUE(broadcaster.publish(numbered(0), {.timeout = 1h}));
  PacedSender sender(broadcaster, loop);
  EXPECT_EQ(send(sender, 1, 8s).front(), 8s);
  const auto report = sender.take();
  ASSERT_TRUE(report.has_value());
  EXPECT_EQ(report->outcomes[0].code, StatusCode::resource_exhausted);
}

}  // namespace
}  // namespace exocast
