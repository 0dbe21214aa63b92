// SPDX-License-Identifier: Apache-2.0
#include "control/control_listener.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/error.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/control_path.h"
#include "testing/control/control_fixture.h"

namespace exocast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class ControlListenerTest : public testing::Test {
 protected:
  /// Leaves what a killed node leaves: a socket without a listener.
  std::string leave_dead_socket(const std::string& id) {
    EXPECT_TRUE(make_control_folder());
    const std::string path = *control_path(id);
    LocalStream::acceptor dead(loop_.context(), LocalStream::endpoint(path));
    return path;
  }

  RuntimeFolder runtime_;
  AsioLoop loop_;
  AsioLoop::Entry inside_ = loop_.enter();
};

TEST_F(ControlListenerTest, ListensForTheUserAloneUntilItGoes) {
  auto listener = ControlListener::claim("n1");
  ASSERT_TRUE(listener) << listener.error().text;
  struct stat about{};
  ASSERT_EQ(stat((*listener)->path().c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
  auto connected = connect_control(loop_, (*listener)->path());
  ASSERT_TRUE(connected);
  EXPECT_EQ(user_of(*connected), geteuid());
  listener->reset();
  EXPECT_THAT(*control_ids(), IsEmpty());
}

TEST_F(ControlListenerTest, ALivingNodeKeepsItsIdAndTheErrorNamesIt) {
  const auto first = ControlListener::claim("n1");
  const auto second = ControlListener::claim("n1");
  ASSERT_FALSE(second);
  EXPECT_TRUE(second.error().taken);
  EXPECT_THAT(second.error().text, HasSubstr("'n1' runs here already, and answers at " + (*first)->path()));
  EXPECT_TRUE(connect_control(loop_, (*first)->path())) << "it was left alone";
  EXPECT_TRUE(ControlListener::claim("n2")) << "another id is free";
}

TEST_F(ControlListenerTest, ALivingNodeThatTakesNoConnectionsKeepsItsId) {
  const auto stopped = ControlListener::claim("n1");
  std::vector<LocalStream::socket> waiting;
  for (;;) {
    auto connected = connect_control(loop_, (*stopped)->path());
    if (!connected) {
      EXPECT_EQ(connected.error(), boost::asio::error::would_block);
      break;
    }
    waiting.push_back(*std::move(connected));
    ASSERT_LT(waiting.size(), 1000U);
  }
  EXPECT_FALSE(ControlListener::claim("n1"));
}

TEST_F(ControlListenerTest, TheSocketOfADeadNodeIsReplaced) {
  const std::string path = leave_dead_socket("n1");
  EXPECT_EQ(connect_control(loop_, path).error(), boost::asio::error::connection_refused);
  const auto listener = ControlListener::claim("n1");
  ASSERT_TRUE(listener) << listener.error().text;
  EXPECT_TRUE(connect_control(loop_, path));
}

TEST_F(ControlListenerTest, ASocketThatAnotherHasPutInItsPlaceStays) {
  auto first = ControlListener::claim("n1");
  std::filesystem::remove((*first)->path());  // as a user would
  const auto second = ControlListener::claim("n1");
  ASSERT_TRUE(second);
  first->reset();
  EXPECT_THAT(*control_ids(), ElementsAre("n1"));
}

TEST_F(ControlListenerTest, AFolderThatIsNotToBeTrustedIsAnError) {
  std::filesystem::permissions(*make_control_folder(), std::filesystem::perms::all);
  EXPECT_THAT(ControlListener::claim("n1").error().text, HasSubstr("others may enter it"));
}

TEST(MayControlTest, OnlyTheSameUserAndRoot) {
  EXPECT_TRUE(may_control(1000, 1000));
  EXPECT_TRUE(may_control(0, 1000));
  EXPECT_FALSE(may_control(1001, 1000));
  EXPECT_FALSE(may_control(1000, 0));
}

}  // namespace
}  // namespace exocast
