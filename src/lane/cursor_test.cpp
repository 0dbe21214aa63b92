// SPDX-License-Identifier: Apache-2.0
// Which messages of a log wait for one peer, beside a plain list that says the same.
#include "lane/cursor.h"

#include <algorithm>
#include <iterator>
#include <list>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "lane/lane_item.h"

namespace exocast {
namespace {

class Entry final : public Log::Entry {
 public:
  Entry() : Log::Entry(options_, 1, TimePoint()) {}

  void delivered_to(std::uint32_t /*place*/, TimePoint /*now*/) noexcept override {}
  LaneItem& make_item(std::uint32_t /*place*/) override { return item_; }
  void fall_behind() override {}

 private:
  LaneItemOptions options_;
  LaneItem item_;
};

struct CursorTest : testing::Test {
  Entry& publish() {
    entries.push_back(std::make_unique<Entry>());
    log.append(*entries.back());
    return *entries.back();
  }
  Entry& append(std::uint32_t place = 0) {
    Entry& entry = publish();
    cursor.append({&entry, ++numbered, place});
    return entry;
  }

  Log log;
  Cursor cursor;
  std::vector<std::unique_ptr<Entry>> entries;
  std::uint64_t numbered = 0;
};

TEST_F(CursorTest, MessagesLeaveInTheOrderInWhichTheyCame) {
  for (int i = 0; i < 3; ++i) append();
  for (std::uint64_t number = 1; number <= 3; ++number) {
    EXPECT_EQ(cursor.front().number, number);
    EXPECT_EQ(cursor.front().entry, entries[number - 1].get());
    cursor.pop_front();
  }
  EXPECT_TRUE(cursor.empty());
}

TEST_F(CursorTest, AMessageForOthersOnlyIsPassedBy) {
  append();
  publish();
  append();
  cursor.pop_front();
  EXPECT_EQ(cursor.front().entry, entries[2].get());
}

TEST_F(CursorTest, APeerThatHasAnotherPlaceInANewRosterKeepsBoth) {
  append(3);
  append(1);
  EXPECT_EQ(cursor.front().place, 3U);
  cursor.pop_front();
  EXPECT_EQ(cursor.front().place, 1U);
}

TEST_F(CursorTest, AMessageCanBeTakenOutOfTheMiddle) {
  for (int i = 0; i < 3; ++i) append();
  const auto taken = cursor.take_out(*entries[1]);
  ASSERT_TRUE(taken);
  EXPECT_EQ(taken->number, 2U);
  EXPECT_FALSE(cursor.take_out(*entries[1]));
  log.remove(*entries[1]);
  EXPECT_EQ(cursor.front().number, 1U);
  cursor.pop_front();
  EXPECT_EQ(cursor.front().number, 3U);
}

/// A cursor and a list of the same messages, in one drawn history.
struct History {
  explicit History(std::uint64_t seed) : random(seed) {}

  void step() {
    switch (random.below(4)) {
      case 0:
        return pop();
      case 1:
        return take_out();
      default:
        if (random.below(8) == 0) ++number;  // of an item
        log.append(all.emplace_back());
        if (random.below(8) == 0) return;  // for others only
        expected.push_back({&all.back(), ++number, static_cast<std::uint32_t>(random.below(20) / 19)});
        cursor.append(expected.back());
    }
  }
  void pop() {
    ASSERT_EQ(cursor.empty(), expected.empty());
    if (expected.empty()) return;
    EXPECT_EQ(cursor.front().entry, expected.front().entry);
    EXPECT_EQ(cursor.front().number, expected.front().number);
    EXPECT_EQ(cursor.front().place, expected.front().place);
    cursor.pop_front();
    if (random.below(2) == 0) log.remove(*expected.front().entry);
    expected.pop_front();
  }
  void take_out() {
    if (all.empty()) return;
    const auto entry = std::next(all.begin(), static_cast<std::ptrdiff_t>(random.below(all.size())));
    if (!entry->linked()) return;
    const auto known = std::ranges::find(expected, &*entry, &Cursor::Position::entry);
    const auto taken = cursor.take_out(*entry);
    ASSERT_EQ(taken.has_value(), known != expected.end());
    if (!taken) return;
    EXPECT_EQ(taken->number, known->number);
    EXPECT_EQ(taken->place, known->place);
    expected.erase(known);
    if (random.below(2) == 0) log.remove(*entry);
  }

  Random random;
  Log log;
  Cursor cursor;
  std::list<Entry> all;
  std::list<Cursor::Position> expected;
  std::uint64_t number = 0;
};

TEST(Cursor, AnyHistoryIsThatOfAList) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    History history(seed);
    for (int step = 0; step < 400; ++step) history.step();
    while (!history.expected.empty()) history.pop();
    history.pop();
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace exocast
