// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/detail/ready_queue.h"

#include <deque>
#include <functional>
#include <memory>
#include <random>
#include <vector>

#include <gtest/gtest.h>

namespace exocast {
namespace {

struct Numbered final : Runnable {
  explicit Numbered(int number, std::vector<int>& ran) : number(number), ran(ran) {}
  void run() noexcept override {
    ran.push_back(number);
    if (then) then();
  }
  int number;
  std::vector<int>& ran;
  std::function<void()> then;
};

constexpr std::size_t all = 1000;

TEST(ReadyQueue, RunsFirstInFirstOut) {
  std::vector<int> ran;
  Numbered a(1, ran), b(2, ran), c(3, ran);
  ReadyQueue queue;
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.pop_front(), nullptr);
  for (Numbered* each : {&a, &b, &c}) queue.push_back(*each);
  EXPECT_FALSE(queue.empty());
  EXPECT_EQ(queue.run_batch(all), 3U);
  EXPECT_EQ(ran, (std::vector{1, 2, 3}));
  EXPECT_TRUE(queue.empty());
}

TEST(ReadyQueue, ABatchLeavesWhatItQueuesForTheNext) {
  std::vector<int> ran;
  ReadyQueue queue;
  Numbered a(1, ran), b(2, ran);
  a.then = [&] { queue.push_back(a); };  // not in the queue while it runs, so it may queue itself
  queue.push_back(a);
  queue.push_back(b);
  EXPECT_EQ(queue.run_batch(all), 2U);
  EXPECT_EQ(ran, (std::vector{1, 2}));
  a.then = nullptr;
  EXPECT_EQ(queue.run_batch(all), 1U);
  EXPECT_EQ(ran, (std::vector{1, 2, 1}));
}

TEST(ReadyQueue, ABatchIsBounded) {
  std::vector<int> ran;
  Numbered a(1, ran), b(2, ran), c(3, ran);
  ReadyQueue queue;
  for (Numbered* each : {&a, &b, &c}) queue.push_back(*each);
  EXPECT_EQ(queue.run_batch(2), 2U);
  EXPECT_EQ(ran, (std::vector{1, 2}));
  EXPECT_TRUE(c.queued());
  EXPECT_EQ(queue.run_batch(0), 0U);
  EXPECT_EQ(queue.run_batch(2), 1U);
}

TEST(ReadyQueue, RunnablesMayUnqueueEachOtherMeanwhile) {
  std::vector<int> ran;
  ReadyQueue queue;
  Numbered a(1, ran), b(2, ran), c(3, ran);
  a.then = [&] {
    b.unqueue();
    c.unqueue();
  };
  for (Numbered* each : {&a, &b, &c}) queue.push_back(*each);
  EXPECT_EQ(queue.run_batch(all), 1U);
  EXPECT_EQ(ran, std::vector{1});
  EXPECT_TRUE(queue.empty());
}

TEST(ReadyQueue, ADestroyedRunnableLeavesByItself) {
  std::vector<int> ran;
  ReadyQueue queue;
  Numbered a(1, ran), c(3, ran);
  auto b = std::make_unique<Numbered>(2, ran);
  queue.push_back(a);
  queue.push_back(*b);
  queue.push_back(c);
  b.reset();
  EXPECT_EQ(queue.run_batch(all), 2U);
  EXPECT_EQ(ran, (std::vector{1, 3}));
}

TEST(ReadyQueue, ARunnableMayDestroyItselfAndOthers) {
  struct Mortal final : Runnable {
    explicit Mortal(std::unique_ptr<Numbered>& victim) : victim(victim) {}
    void run() noexcept override {
      victim.reset();
      delete this;
    }
    std::unique_ptr<Numbered>& victim;
  };
  std::vector<int> ran;
  ReadyQueue queue;
  auto victim = std::make_unique<Numbered>(1, ran);
  queue.push_back(*new Mortal(victim));
  queue.push_back(*victim);
  EXPECT_EQ(queue.run_batch(all), 1U);
  EXPECT_EQ(victim, nullptr);
  EXPECT_TRUE(queue.empty());
}

TEST(ReadyQueue, LeavesItsRunnablesUnqueuedWhenItIsDestroyed) {
  std::vector<int> ran;
  Numbered a(1, ran);
  {
    ReadyQueue queue;
    queue.push_back(a);
    EXPECT_TRUE(a.queued());
  }
  EXPECT_FALSE(a.queued());
  a.unqueue();  // no effect: not queued
}

TEST(ReadyQueue, DoesWhatADequeDoesUnderRandomOperations) {
  constexpr std::size_t count = 40;
  std::vector<int> ran;
  std::vector<std::unique_ptr<Numbered>> runnables;
  for (std::size_t i = 0; i < count; ++i) runnables.push_back(std::make_unique<Numbered>(static_cast<int>(i), ran));
  ReadyQueue queue;
  std::deque<Numbered*> oracle;
  std::mt19937 random(7);
  for (int step = 0; step < 100'000; ++step) {
    Numbered& one = *runnables[random() % count];
    switch (random() % 3) {
      case 0:
        if (one.queued()) break;
        queue.push_back(one);
        oracle.push_back(&one);
        break;
      case 1:
        one.unqueue();
        std::erase(oracle, &one);
        break;
      default:
        ASSERT_EQ(queue.pop_front(), oracle.empty() ? nullptr : oracle.front());
        if (!oracle.empty()) oracle.pop_front();
    }
    ASSERT_EQ(queue.empty(), oracle.empty());
  }
}

}  // namespace
}  // namespace exocast
