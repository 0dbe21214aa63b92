// SPDX-License-Identifier: Apache-2.0
// What a broadcaster keeps for those who come later.
#include "broadcast/replay_tail.h"

#include <map>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exocast/broadcaster.h"
#include "testing/for_each_seed.h"
#include "testing/sim_loop.h"

namespace exocast::detail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Positions = std::vector<std::uint64_t>;

Message text(std::size_t bytes) { return *Message::data("", std::string(bytes, 'x')); }

Positions positions(const std::vector<Replayed>& messages) {
  Positions all;
  for (const Replayed& one : messages) all.push_back(one.origin.position);
  return all;
}
Positions kept(const ReplayTail& tail, std::uint64_t after = 0) { return positions(tail.after(after, {})); }

TEST(ReplayTail, KeepsTheLastMessagesInOrder) {
  ReplayTail tail({.messages = 3});
  for (std::uint64_t position = 1; position <= 5; ++position) tail.add(position, text(10), "");
  EXPECT_THAT(kept(tail), ElementsAre(3, 4, 5));
  EXPECT_THAT(kept(tail, 4), ElementsAre(5));
  EXPECT_THAT(kept(tail, 5), IsEmpty());
  EXPECT_EQ(tail.messages(), 3U);
  EXPECT_EQ(tail.bytes(), 3 * text(10).bytes());
}

TEST(ReplayTail, SaysWhereEachMessageComesFrom) {
  ReplayTail tail({.messages = 3});
  tail.add(7, text(1), "");
  const auto messages = tail.after(0, {.log = 5, .stream_class = StreamClass::bulk});
  ASSERT_EQ(messages.size(), 1U);
  EXPECT_EQ(messages[0].origin, (Origin{.log = 5, .position = 7, .stream_class = StreamClass::bulk}));
  EXPECT_EQ(messages[0].message.payload(), "x");
}

TEST(ReplayTail, KeepsTheNewestOfEachKeyBeyondTheLastMessages) {
  ReplayTail tail({.messages = 2});
  tail.add(1, text(1), "a");
  tail.add(2, text(1), "b");
  tail.add(3, text(1), "a");
  EXPECT_THAT(kept(tail), ElementsAre(2, 3)) << "the first is not the newest of its key";
  tail.add(4, text(1), "");
  tail.add(5, text(1), "");
  EXPECT_THAT(kept(tail), ElementsAre(2, 3, 4, 5));
  tail.add(6, text(1), "b");
  EXPECT_THAT(kept(tail), ElementsAre(3, 5, 6)) << "a newer one takes its place";
}

TEST(ReplayTail, ForgetsTheOldestKeyOfTooMany) {
  ReplayTail tail({.messages = 1, .keys = 2});
  std::uint64_t position = 0;
  for (const char* key : {"a", "b", "c", "d"}) tail.add(++position, text(1), key);
  EXPECT_THAT(kept(tail), ElementsAre(2, 3, 4));
}

TEST(ReplayTail, ForgetsTheOldestOfTooManyBytes) {
  const std::size_t one = text(100).bytes();
  ReplayTail tail({.messages = 10, .bytes = 3 * one});
  for (std::uint64_t position = 1; position <= 4; ++position) tail.add(position, text(100), "");
  EXPECT_THAT(kept(tail), ElementsAre(2, 3, 4));
  tail.add(5, *Message::data("", std::string(150, 'x')), "");
  EXPECT_THAT(kept(tail), ElementsAre(4, 5));
}

TEST(ReplayTail, AMessageLargerThanAllIsNotKeptAndTakesNoPlace) {
  ReplayTail tail({.messages = 10, .bytes = 200});
  tail.add(1, text(100), "a");
  tail.add(2, text(10), "");
  tail.add(3, text(1000), "");
  EXPECT_THAT(kept(tail), ElementsAre(1, 2));
  tail.add(4, text(1000), "a");
  EXPECT_THAT(kept(tail), ElementsAre(1, 2)) << "as one of the last messages";
}

TEST(ReplayTail, AStatusThatIsNoLongerTheNewestIsNotKeptForItsKeyEvenIfTheNewestIsTooLarge) {
  ReplayTail tail({.messages = 1, .bytes = 200});
  tail.add(1, text(10), "a");
  tail.add(2, text(10), "");
  EXPECT_THAT(kept(tail), ElementsAre(1, 2));
  tail.add(3, text(1000), "a");
  EXPECT_THAT(kept(tail), ElementsAre(2));
}

TEST(ReplayTail, AKeyCountsWithItsBytes) {
  ReplayTail tail({.messages = 10, .bytes = 200});
  tail.add(1, text(10), std::string(300, 'k'));
  EXPECT_THAT(kept(tail), IsEmpty());
  tail.add(2, text(10), std::string(50, 'k'));
  EXPECT_EQ(tail.bytes(), text(10).bytes() + 50);
}

/// All messages so far: what has to be kept of them is easy to say.
struct Model {
  struct One {
    std::string key;
    std::size_t bytes;
  };
  std::map<std::uint64_t, One> kept;
  std::map<std::string, std::uint64_t> newest;

  Positions positions(const ReplayLimits& limits) {
    std::size_t bytes = 0;
    std::size_t keys = 0;
    Positions all;
    for (auto at = kept.rbegin(); at != kept.rend(); ++at) {
      const auto& [position, one] = *at;
      const bool is_last = std::ranges::count_if(kept, [&](const auto& other) { return other.first > position; }) <
                           static_cast<std::ptrdiff_t>(limits.messages);
      const bool is_newest = !one.key.empty() && newest[one.key] == position;
      if (!is_last && !is_newest) continue;
      if (!is_last && ++keys > limits.keys) break;
      if ((bytes += one.bytes) > limits.bytes) break;
      all.insert(all.begin(), position);
    }
    return all;
  }
};

TEST(ReplayTail, KeepsWhatAModelKeepsWhateverComes) {
  for_each_seed(1, 200, [](std::uint64_t seed) {
    std::mt19937_64 random(seed);
    const ReplayLimits limits = {.messages = 1 + random() % 6, .keys = random() % 4, .bytes = 200 + random() % 400};
    ReplayTail tail(limits);
    Model model;
    for (std::uint64_t position = 1; position <= 60; ++position) {
      const std::string key = random() % 2 == 0 ? "" : std::string(1, static_cast<char>('a' + random() % 5));
      const Message message = text(random() % 90);
      tail.add(position, message, key);
      model.kept.emplace(position, Model::One{key, message.bytes() + key.size()});
      if (!key.empty()) model.newest[key] = position;
      ASSERT_EQ(kept(tail), model.positions(limits)) << position;
      // What is forgotten once never comes back.
      const Positions now = kept(tail);
      std::erase_if(model.kept, [&](const auto& one) { return std::ranges::find(now, one.first) == now.end(); });
      ASSERT_LE(tail.bytes(), limits.bytes);
      ASSERT_LE(tail.messages(), limits.messages + limits.keys);
    }
  });
}

struct BroadcasterReplay : testing::Test {
  SimLoop loop{1};
  void publish(Broadcaster& to, const Message& message, const BroadcastOptions& options = {}) {
    EXPECT_TRUE(to.publish(message, options));
  }
};

TEST_F(BroadcasterReplay, HasTheLastMessagesOfEachClassWithTheirOrigins) {
  Broadcaster broadcaster(loop, Roster(), {.replay = {.messages = 2}, .seed = 1});
  for (int i = 0; i < 3; ++i) publish(broadcaster, text(5));
  publish(broadcaster, *Message::opaque_status("", "{}"));
  const auto tokens = broadcaster.replay(StreamClass::tokens);
  EXPECT_THAT(positions(tokens), ElementsAre(2, 3));
  EXPECT_EQ(tokens[0].origin.log, broadcaster.log());
  EXPECT_EQ(tokens[0].origin.stream_class, StreamClass::tokens);
  EXPECT_THAT(positions(broadcaster.replay(StreamClass::tokens, 2)), ElementsAre(3));
  EXPECT_THAT(positions(broadcaster.replay(StreamClass::control)), ElementsAre(1));
  EXPECT_THAT(broadcaster.replay(StreamClass::bulk), IsEmpty());
  EXPECT_EQ(broadcaster.metrics().replay_messages, 3U);
  EXPECT_EQ(broadcaster.metrics().replay_bytes, 2 * text(5).bytes() + Message::opaque_status("", "{}")->bytes());
}

TEST_F(BroadcasterReplay, HasTheNewestOfEachKey) {
  Broadcaster broadcaster(loop, Roster(), {.replay = {.messages = 1}, .seed = 1});
  for (const char* key : {"a", "b", "a", ""}) publish(broadcaster, *Message::opaque_status("", "{}"), {.key = key});
  EXPECT_THAT(positions(broadcaster.replay(StreamClass::control)), ElementsAre(2, 3, 4));
}

TEST_F(BroadcasterReplay, KeepsNothingByDefault) {
  Broadcaster broadcaster(loop, Roster(), {.seed = 1});
  publish(broadcaster, text(5));
  EXPECT_THAT(broadcaster.replay(StreamClass::tokens), IsEmpty());
  EXPECT_EQ(broadcaster.metrics().replay_messages, 0U);
}

}  // namespace
}  // namespace exocast::detail
