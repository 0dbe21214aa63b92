// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/alarm.h"

#include "testing/cluster/swim_fixture.h"

namespace exocast::swim {
namespace {

using namespace std::chrono_literals;

class AlarmTest : public SwimFixture {};

TEST_F(AlarmTest, WakesOnceAtTheEarliestTimeRequested) {
  alarm.wake_by(alarm.now() + 20ms);
  alarm.wake_by(alarm.now() + 10ms);
  alarm.wake_by(alarm.now() + 30ms);
  pass(9ms);
  EXPECT_TRUE(wakes.empty());
  pass(50ms);
  EXPECT_EQ(wakes, std::vector<Duration>{0ms});
}

TEST_F(AlarmTest, SaysHowLateItWakesAfterAStandstill) {
  alarm.wake_by(alarm.now() + 10ms);
  loop.stand_still(150ms);
  pass(1ms);
  EXPECT_EQ(wakes, std::vector<Duration>{140ms});
}

}  // namespace
}  // namespace exocast::swim
