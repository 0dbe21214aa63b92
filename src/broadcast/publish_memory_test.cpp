// SPDX-License-Identifier: Apache-2.0
// The memory of a published message while one of many receivers has not answered, from the allocator.
#include <malloc.h>

#include <gtest/gtest.h>

#include "base/random.h"
#include "exocast/broadcaster.h"
#include "exocast/gather/detail/frame_cache.h"
#include "exocast/gather/wait.h"
#include "testing/link/sim_link.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t messages = 15'000;

std::size_t bytes_in_use() {
  const struct mallinfo2 heap = ::mallinfo2();
  return heap.uordblks + heap.hblkhd - FrameCache::kept_bytes();
}

struct Cost {
  std::size_t used = 0;     // per message, from the allocator
  std::size_t counted = 0;  // by the lane of the receiver that has not answered
};

/// For messages of 23 bytes with 20 tokens.
Cost cost_of_a_message(std::size_t receivers) {
  SimLoop loop(1);
  SimPeer peer([](const Message& /*message*/) { return std::expected<void, Status>(); });
  std::vector<Destination> to;
  for (std::size_t i = 0; i < receivers; ++i) {
    const SimPlan plan = sim_always({.fate = i == 0 ? SimFate::dropped : SimFate::arrives});
    to.push_back({"p" + std::to_string(i), "sim", std::make_shared<SimLink>(loop, peer, plan), ""});
  }
  Broadcaster broadcaster(loop, Roster::make(std::move(to)).value(), {.broadcasts_max = 2 * messages});
  const auto publish = [&](std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_TRUE(
          broadcaster.publish(*Message::token_result("r", std::vector<std::int32_t>(20, 1), false), {.timeout = 1h}));
      loop.run([]() -> task<void> { co_await sleep_for(10us); }());
    }
  };
  publish(1000);
  const std::size_t used = bytes_in_use();
  const std::size_t counted = broadcaster.lane_metrics(0).queued_bytes;
  publish(messages);
  EXPECT_EQ(peer.accepted(), (messages + 1000) * (receivers - 1));
  return {(bytes_in_use() - used) / messages, (broadcaster.lane_metrics(0).queued_bytes - counted) / messages};
}

TEST(PublishMemory, BehindOneStoppedReceiverOfEightAMessageCostsWhatItsLaneCounts) {
#ifdef EXOCAST_NO_FRAME_CACHE
  GTEST_SKIP() << "the sanitizer has an allocator of its own";
#endif
  for (const std::size_t receivers : {1UL, 2UL, 8UL, 32UL}) {
    const Cost cost = cost_of_a_message(receivers);
    std::printf("%zu receivers: %zu bytes a message, %zu counted\n", receivers, cost.used, cost.counted);
    if (receivers <= 8) EXPECT_LE(cost.used, cost.counted);
  }
}

}  // namespace
}  // namespace exocast
