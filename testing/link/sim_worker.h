// SPDX-License-Identifier: Apache-2.0
#pragma once
// SimWorker: a Worker in virtual time, whose jobs begin and end after random delays. One thread.

#include <deque>
#include <memory>
#include <utility>

#include "base/random.h"
#include "exocast/gather/scheduler.h"
#include "loop/worker.h"

namespace exocast::test {

class SimWorker final : public Worker, private Timer {
 public:
  SimWorker(Scheduler& scheduler, Random random, Duration delay_max)
      : scheduler_(scheduler), random_(random), delay_max_(delay_max) {}

  void start(std::shared_ptr<Job> job) override {
    waiting_.push_back(std::move(job));
    ++jobs_total;
    if (!armed()) wake_later();
  }

  std::size_t jobs_total = 0;

 private:
  void fired() noexcept override {
    if (working_ != nullptr) {
      std::exchange(working_, nullptr)->finish();
    } else {
      working_ = std::move(waiting_.front());
      waiting_.pop_front();
      working_->work();
    }
    if (working_ != nullptr || !waiting_.empty()) wake_later();
  }
  void wake_later() { scheduler_.wake_at(*this, scheduler_.now() + random_.between(Duration::zero(), delay_max_)); }

  Scheduler& scheduler_;
  Random random_;
  Duration delay_max_;
  std::deque<std::shared_ptr<Job>> waiting_;
  std::shared_ptr<Job> working_;
};

}  // namespace exocast::test
