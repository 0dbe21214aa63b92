// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/detail/intrusive_list.h"

#include <memory>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exocast {
namespace {

using testing::ElementsAre;

struct Item : IntrusiveLink<Item> {
  explicit Item(int number) : number(number) {}
  int number;
};

std::vector<int> numbers(const IntrusiveList<Item>& list) {
  std::vector<int> found;
  for (const Item* item = list.front(); item != nullptr; item = list.after(*item)) found.push_back(item->number);
  return found;
}

TEST(IntrusiveList, IsFirstInFirstOut) {
  Item a(1), b(2), c(3);
  IntrusiveList<Item> list;
  EXPECT_TRUE(list.empty());
  EXPECT_EQ(list.front(), nullptr);
  EXPECT_EQ(list.pop_front(), nullptr);
  for (Item* item : {&a, &b, &c}) list.push_back(*item);
  EXPECT_THAT(numbers(list), ElementsAre(1, 2, 3));
  EXPECT_EQ(list.pop_front(), &a);
  EXPECT_FALSE(a.linked());
  EXPECT_THAT(numbers(list), ElementsAre(2, 3));
}

TEST(IntrusiveList, InsertsInFrontOfAnElementOrLast) {
  Item a(1), b(2), c(3);
  IntrusiveList<Item> list;
  list.insert(c, nullptr);
  list.insert(a, &c);
  list.insert(b, &c);
  EXPECT_THAT(numbers(list), ElementsAre(1, 2, 3));
}

TEST(IntrusiveList, AnElementLeavesFromAnywhereAndMayComeBack) {
  Item a(1), b(2), c(3);
  IntrusiveList<Item> list;
  for (Item* item : {&a, &b, &c}) list.push_back(*item);
  b.unlink();
  b.unlink();  // no effect the second time
  EXPECT_THAT(numbers(list), ElementsAre(1, 3));
  list.push_back(b);
  EXPECT_THAT(numbers(list), ElementsAre(1, 3, 2));
}

TEST(IntrusiveList, ListAndElementsAreDestroyedInAnyOrder) {
  Item a(1);
  auto b = std::make_unique<Item>(2);
  {
    IntrusiveList<Item> list;
    list.push_back(*b);
    list.push_back(a);
    b.reset();
    EXPECT_THAT(numbers(list), ElementsAre(1));
  }
  EXPECT_FALSE(a.linked());
}

TEST(IntrusiveListDeathTest, AnElementIsInOneListAtATime) {
  Item a(1);
  IntrusiveList<Item> list, other;
  list.push_back(a);
  EXPECT_DEATH(other.push_back(a), "one list at a time");
}

}  // namespace
}  // namespace exocast
