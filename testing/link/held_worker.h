// SPDX-License-Identifier: Apache-2.0
#pragma once
// HeldWorker: a Worker whose jobs run when the test says so. One thread.

#include <deque>
#include <memory>
#include <utility>

#include "loop/worker.h"

namespace exocast::test {

class HeldWorker final : public Worker {
 public:
  void start(std::shared_ptr<Job> job) override { waiting_.push_back(std::move(job)); }

  /// Jobs that wait.
  std::size_t waiting() const noexcept { return waiting_.size(); }

  /// Works on the next job; finish() ends it.
  void work() {
    working_ = std::move(waiting_.front());
    waiting_.pop_front();
    working_->work();
  }
  void finish() { std::exchange(working_, nullptr)->finish(); }
  void run() {
    work();
    finish();
  }

 private:
  std::deque<std::shared_ptr<Job>> waiting_;
  std::shared_ptr<Job> working_;
};

}  // namespace exocast::test
