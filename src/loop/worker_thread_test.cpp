// SPDX-License-Identifier: Apache-2.0
#include "loop/worker_thread.h"

#include <semaphore>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/gather/event.h"
#include "exocast/gather/wait.h"

namespace exocast {
namespace {

struct Seen {
  std::vector<int> worked;    // by the worker's thread
  std::vector<int> finished;  // inside the loop
  Event done;
  std::counting_semaphore<> begun{0};
};

/// Waits in work() until `may_end`, if there is one.
class Numbered final : public Job {
 public:
  Numbered(AsioLoop& loop, Seen& seen, int number, std::binary_semaphore* may_end = nullptr)
      : loop_(loop), seen_(seen), number_(number), may_end_(may_end) {}
  void work() noexcept override {
    EXPECT_FALSE(loop_.inside());
    seen_.begun.release();
    if (may_end_ != nullptr) may_end_->acquire();
    seen_.worked.push_back(number_);
  }
  void finish() noexcept override {
    EXPECT_TRUE(loop_.inside());
    seen_.finished.push_back(number_);
    if (number_ == 3) seen_.done.set();
  }

 private:
  AsioLoop& loop_;
  Seen& seen_;
  int number_;
  std::binary_semaphore* may_end_;
};

TEST(WorkerThread, WorksOutsideOfTheLoopAndFinishesInsideInOrder) {
  AsioLoop loop;
  Seen seen;
  loop.run([](AsioLoop& loop, Seen& seen) -> task<void> {
    WorkerThread worker(loop);
    for (const int number : {1, 2, 3}) worker.start(std::make_shared<Numbered>(loop, seen, number));
    co_await seen.done.wait();
  }(loop, seen));
  EXPECT_EQ(seen.worked, (std::vector{1, 2, 3}));
  EXPECT_EQ(seen.finished, (std::vector{1, 2, 3}));
}

TEST(WorkerThread, TheLoopGoesOnWhileItWorks) {
  AsioLoop loop;
  Seen seen;
  std::binary_semaphore may_end(0);
  loop.run([](AsioLoop& loop, Seen& seen, std::binary_semaphore& may_end) -> task<void> {
    WorkerThread worker(loop);
    worker.start(std::make_shared<Numbered>(loop, seen, 3, &may_end));
    co_await sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE(seen.finished.empty());
    may_end.release();
    co_await seen.done.wait();
  }(loop, seen, may_end));
  EXPECT_EQ(seen.finished, std::vector{3});
}

TEST(WorkerThread, ItsEndInsideTheLoopWaitsForTheRunningJob) {
  AsioLoop loop;
  Seen seen;
  std::binary_semaphore may_end(0);
  {
    const auto inside = loop.enter();
    WorkerThread worker(loop);
    worker.start(std::make_shared<Numbered>(loop, seen, 1, &may_end));
    seen.begun.acquire();
    may_end.release();
    worker.start(std::make_shared<Numbered>(loop, seen, 2));
  }
  EXPECT_TRUE(seen.finished.empty()) << "the loop has not run";
  ASSERT_GE(seen.worked.size(), 1U);
  loop.run([]() -> task<void> { co_await sleep_for(std::chrono::milliseconds(1)); }());
  EXPECT_EQ(seen.finished, seen.worked) << "the second one may have been dropped";
}

}  // namespace
}  // namespace exocast
