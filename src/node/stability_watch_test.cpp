// SPDX-License-Identifier: Apache-2.0
#include "node/stability_watch.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

Origin origin_at(std::uint64_t position) { return {.log = 7, .position = position}; }

Json event(std::uint64_t message, const char* sender, const char* stable) {
  return {{"event", "stable"}, {"message", message}, {"sender", sender}, {"stable", stable}};
}

TEST(StabilityWatch, EachMessageHasOneEventOnceItIsKnown) {
  SenderLogs logs;
  StabilityWatch watch(logs);
  logs.add("a", {.log = 7});
  for (const std::uint64_t position : {1U, 2U, 3U}) watch.add(origin_at(position));
  watch.add({});
  EXPECT_EQ(watch.take_events(), (std::vector{event(4, "", "unknown")}));
  EXPECT_TRUE(watch.take_events().empty());
  logs.add("a", {.log = 7, .settled = 2, .incomplete = {{2, 2}}});
  EXPECT_EQ(watch.take_events(), (std::vector{event(1, "a", "yes"), event(2, "a", "no")}));
  logs.add("a", {.log = 7, .after = 2, .settled = 3});
  EXPECT_EQ(watch.take_events(), (std::vector{event(3, "a", "yes")}));
}

TEST(StabilityWatch, OfTooManyTheOldestAreGivenUp) {
  SenderLogs logs;
  StabilityWatch watch(logs);
  logs.add("a", {.log = 7});
  for (std::uint64_t position = 1; position <= StabilityWatch::messages_max + 2; ++position)
    watch.add(origin_at(position));
  EXPECT_EQ(watch.take_events(), (std::vector{event(1, "a", "not_yet"), event(2, "a", "not_yet")}));
}

}  // namespace
}  // namespace exocast
