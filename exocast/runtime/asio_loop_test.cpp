// SPDX-License-Identifier: Apache-2.0
#include "exocast/runtime/asio_loop.h"

#include <gtest/gtest.h>

#include "exocast/gather/wait.h"

namespace exocast {
namespace {

TEST(AsioLoop, RunsATaskToItsValue) {
  AsioLoop loop;
  const auto outcome = loop.run([]() -> task<int> {
    co_await yield();
    co_await sleep_for(std::chrono::milliseconds(1));
    co_return 7;
  }());
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome.value(), 7);
}

}  // namespace
}  // namespace exocast
