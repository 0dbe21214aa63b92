// SPDX-License-Identifier: Apache-2.0
// The queue in front of a peer: which items may be sent next.
#include "lane/lane_queue.h"

#include "testing/lane/lane_fixture.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

constexpr LinkTraits ordered{.ordered = true, .batch_messages_max = 3, .batch_bytes_max = 1000};
constexpr LinkTraits merging{.merges = true, .batch_messages_max = 3, .batch_bytes_max = 1000};
constexpr LinkTraits single{};

/// Items are queued through their lane, which sends nothing because its only place is taken.
struct LaneQueueTest : LaneTest {
  struct Entry {
    explicit Entry(Message carried) : message(std::move(carried)) {}
    Message message;
    LaneItemOptions options;
    LaneItem item;
  };

  LaneItem& push(Message message, bool released = true, LaneItemOptions options = {}) {
    Entry& entry = entries.emplace_back(std::move(message));
    entry.options = std::move(options);
    entry.options.message = &entry.message;
    entry.options.stream = LaneQueue::stream_of(entry.message, entry.options.key);
    entry.options.flow = std::make_shared<FairLimiter::Flow>();
    open_once();
    lane->add(entry.item, entry.options);  // sets its options; then it moves to the tested queue
    entry.item.give_up();
    queue.push(entry.item);
    if (released) release(entry.item);
    return entry.item;
  }
  void release(LaneItem& item) { item.release(); }
  void open_once() {
    if (!lane) open();
  }
  std::vector<int> take(const LinkTraits& traits, std::vector<std::size_t> busy = {}) {
    std::vector<LaneMessage> batch;
    if (traits.ordered) {
      queue.take(StreamClass::tokens, traits, batch);
    } else if (LaneItem* first = queue.next(StreamClass::tokens, traits, busy)) {
      queue.take(*first, traits, UINT64_MAX, batch);
    }
    taken.clear();
    for (const LaneMessage& message : batch) taken.push_back(message.item);
    return numbers(taken);
  }
  std::vector<int> numbers(const std::vector<LaneItem*>& items) const {
    std::vector<int> all;
    for (const LaneItem* item : items) {
      for (const Entry& entry : entries) {
        if (&entry.item == item) all.push_back(number_of(entry.message));
      }
    }
    return all;
  }
  void TearDown() override {
    // An item still in the tested queue is not in its lane's queue, and must not leave that one.
    for (Entry& entry : entries) {
      if (entry.item.state() != LaneItem::State::queued) continue;
      queue.remove(entry.item);
      lane->drop(entry.item, skipped(StatusCode::ok, "the test is over"));
    }
  }

  LaneQueue queue;
  std::deque<Entry> entries;
  std::vector<LaneItem*> taken;
};

using Numbers = std::vector<int>;

TEST_F(LaneQueueTest, OnAnOrderedLinkTheLineIsOneStream) {
  for (int i = 1; i <= 5; ++i) push(token(i, i % 2 == 0 ? "a" : "b"));
  EXPECT_EQ(take(ordered), (Numbers{1, 2, 3}));
  EXPECT_EQ(take(ordered), (Numbers{4, 5}));
  EXPECT_EQ(take(ordered), Numbers{});
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.bytes(), 0U);
}

TEST_F(LaneQueueTest, OnAnOrderedLinkNothingPassesWhatHoldsItsPlace) {
  push(token(1));
  LaneItem& held = push(token(2, "other"), false);
  push(token(3));
  EXPECT_EQ(take(ordered), Numbers{1});
  EXPECT_EQ(take(ordered), Numbers{});
  release(held);
  EXPECT_EQ(take(ordered), (Numbers{2, 3}));
}

TEST_F(LaneQueueTest, ABatchStaysWithinItsBytesButASingleMessageMayBeLonger) {
  push(*Message::token_result("r", std::vector<std::int32_t>(2000, 1), false));
  push(token(2));
  push(*Message::token_result("r", std::vector<std::int32_t>(700, 3), false));
  push(*Message::token_result("r", std::vector<std::int32_t>(700, 4), false));
  EXPECT_EQ(take(ordered), Numbers{1});
  EXPECT_EQ(take(ordered), (Numbers{2, 3}));
  EXPECT_EQ(take(ordered), Numbers{4});
}

TEST_F(LaneQueueTest, OnAMergingLinkABatchIsTheTokensOfOneRequestUpToItsLast) {
  push(token(1, "a"));
  push(token(2, "b"));
  push(*Message::token_result("a", std::vector<std::int32_t>{3}, true));
  push(token(4, "a"));
  EXPECT_EQ(take(merging), (Numbers{1, 3}));
  EXPECT_EQ(take(merging), Numbers{2});
  EXPECT_EQ(take(merging), Numbers{4});
}

TEST_F(LaneQueueTest, OnAMergingLinkWhatHoldsItsPlaceHoldsItsStreamOnly) {
  push(token(1, "a"), false);
  push(token(2, "a"));
  push(token(3, "b"));
  EXPECT_EQ(take(merging), Numbers{3});
  EXPECT_EQ(take(merging), Numbers{});
}

TEST_F(LaneQueueTest, AMergedBatchEndsAtWhatHoldsItsPlaceInItsStream) {
  push(token(1, "a"));
  push(token(2, "a"), false);
  push(token(3, "a"));
  EXPECT_EQ(take(merging), Numbers{1});
}

TEST_F(LaneQueueTest, OtherStreamsGoPastOneThatIsUnderWayUnlessTheLinkIsOrdered) {
  push(token(1, "a"));
  push(token(2, "a"));
  push(token(3, "b"));
  const std::vector<std::size_t> busy{LaneQueue::stream_of(entries[0].message)};
  EXPECT_EQ(take(single, busy), Numbers{3});
  EXPECT_EQ(take(single, busy), Numbers{});
  EXPECT_EQ(take(ordered, busy), (Numbers{1, 2}));
}

TEST_F(LaneQueueTest, WithoutBatchesOneGoesAtATime) {
  push(token(1));
  push(token(2));
  EXPECT_EQ(take(single), Numbers{1});
  EXPECT_EQ(take(single), Numbers{2});
}

TEST_F(LaneQueueTest, TheSearchPassesABoundedNumberOfMessages) {
  constexpr int passed = static_cast<int>(LaneQueue::messages_passed_max);
  for (int i = 1; i < passed; ++i) push(token(i, "a"), false);
  push(token(passed, "b"));
  push(token(passed + 1, "c"));
  push(token(passed + 2, "d"));
  EXPECT_EQ(take(single), Numbers{passed}) << "the last that it looks at";
  const std::vector<LaneItem*> last = taken;
  EXPECT_EQ(take(single), Numbers{passed + 1});
  queue.put_back(taken);
  queue.put_back(last);
  EXPECT_EQ(take(single, {LaneQueue::stream_of(token(0, "b"))}), Numbers{}) << "it is one further";
}

TEST_F(LaneQueueTest, TheSearchPassesABoundedNumberOfStreams) {
  constexpr int passed = static_cast<int>(LaneQueue::streams_passed_max);
  std::vector<std::size_t> busy;
  for (int i = 0; i < passed; ++i) {
    push(token(i, "r" + std::to_string(i)), false);
    if (i % 2 == 0) busy.push_back(LaneQueue::stream_of(entries.back().message));
  }
  push(token(1000, "b"));
  EXPECT_EQ(take(single, busy), Numbers{1000});
  push(token(1001, "c"), false);
  push(token(1002, "d"));
  EXPECT_EQ(take(single, busy), Numbers{});
}

TEST_F(LaneQueueTest, WhatIsPutBackIsWhereItWas) {
  for (int i = 1; i <= 7; ++i) push(token(i));
  EXPECT_EQ(take(ordered), (Numbers{1, 2, 3}));
  const std::vector<LaneItem*> first = taken;
  EXPECT_EQ(take(ordered), (Numbers{4, 5, 6}));
  const std::vector<LaneItem*> second = taken;
  queue.put_back(std::vector{second[0], second[2]});
  queue.put_back(first);
  queue.put_back(std::vector{second[1]});
  EXPECT_EQ(queue.messages(), 7U);
  EXPECT_EQ(take(ordered), (Numbers{1, 2, 3}));
  EXPECT_EQ(take(ordered), (Numbers{4, 5, 6}));
  EXPECT_EQ(take(ordered), Numbers{7});
}

TEST_F(LaneQueueTest, AKeyIsFoundInItsClassWhileItWaits) {
  LaneItem& item = push(token(1), true, {.key = "a"});
  push(token(2), true, {.stream_class = StreamClass::bulk, .key = "b"});
  EXPECT_EQ(queue.find_key(StreamClass::tokens, "a"), &item);
  EXPECT_EQ(queue.find_key(StreamClass::tokens, "b"), nullptr);
  EXPECT_EQ(queue.find_key(StreamClass::bulk, "a"), nullptr);
  EXPECT_EQ(take(ordered), Numbers{1});
  EXPECT_EQ(queue.find_key(StreamClass::tokens, "a"), nullptr);
}

TEST_F(LaneQueueTest, EachClassIsCountedByItselfAndInAll) {
  push(token(1));
  push(token(2), true, {.stream_class = StreamClass::bulk});
  push(token(3), true, {.stream_class = StreamClass::bulk});
  EXPECT_EQ(queue.messages(StreamClass::control), 0U);
  EXPECT_EQ(queue.messages(StreamClass::tokens), 1U);
  EXPECT_EQ(queue.messages(StreamClass::bulk), 2U);
  EXPECT_EQ(queue.messages(), 3U);
  EXPECT_EQ(queue.bytes(), queue.bytes(StreamClass::tokens) + queue.bytes(StreamClass::bulk));
}

}  // namespace
}  // namespace exocast
