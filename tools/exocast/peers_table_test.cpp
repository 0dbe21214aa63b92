// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/peers_table.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exocast {
namespace {

using testing::HasSubstr;

PeerRow row(std::string id, std::string state, std::optional<double> since_s = {}, std::string error = "") {
  return {.id = std::move(id),
          .address = "10.0.0.1:50051",
          .link = "native",
          .state = std::move(state),
          .since_s = since_s,
          .source = "lan",
          .error = std::move(error)};
}

TEST(PeersTableTest, ARowForEachAndALineThatCounts) {
  EXPECT_EQ(to_table({row("n2", "healthy", 42.4), row("n10", "gone", 7200, "no answer")}, 0, false),
            "peer  address         link    state    since  source\n"
            "n2    10.0.0.1:50051  native  healthy  42 s   lan\n"
            "n10   10.0.0.1:50051  native  gone     2 h    lan     no answer\n"
            "2 peers: 1 healthy, 1 gone\n");
}

TEST(PeersTableTest, NobodyIsOneLine) {
  EXPECT_EQ(to_table({}, 80, false), "0 peers\n");
  EXPECT_THAT(to_table({row("n2", "left")}, 0, false), HasSubstr("\n1 peer: 1 left\n"));
}

TEST(PeersTableTest, AgesAreAsPreciseAsTheyTellSomething) {
  for (const auto& [seconds, text] : {std::pair(0.2, " 0 s "),
                                      {119.0, " 119 s "},
                                      {600.0, " 10 min "},
                                      {36'000.0, " 10 h "},
                                      {864'000.0, " 10 d "}}) {
    EXPECT_THAT(to_table({row("n2", "healthy", seconds)}, 0, false), HasSubstr(text));
  }
}

TEST(PeersTableTest, StatesAreColoured) {
  const std::string table = to_table({row("a", "healthy"), row("b", "suspect"), row("c", "gone")}, 0, true);
  EXPECT_THAT(table, HasSubstr("\x1B[32mhealthy"));
  EXPECT_THAT(table, HasSubstr("\x1B[33msuspect"));
  EXPECT_THAT(table, HasSubstr("\x1B[31mgone"));
  EXPECT_THAT(to_table({row("c", "gone")}, 0, false), testing::Not(HasSubstr("\x1B"))) << "where nobody wants them";
}

}  // namespace
}  // namespace exocast
