// SPDX-License-Identifier: Apache-2.0
#pragma once
// WorkerThread: a Worker with one thread, which starts with the first job.
//
// Threading: created, used and destroyed inside the loop. Lifetime: the loop outlives it. Its end drops the jobs that
// wait, and waits for the one that runs.

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "exocast/asio_loop.h"
#include "loop/worker.h"

namespace exocast {

class WorkerThread final : public Worker {
 public:
  explicit WorkerThread(AsioLoop& loop) noexcept : loop_(loop) {}
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;
  ~WorkerThread();

  /// If the system has no thread to give, the job runs here, and nothing is lost but time.
  void start(std::shared_ptr<Job> job) override;

 private:
  void run();
  void finish(std::shared_ptr<Job> job);

  AsioLoop& loop_;
  std::thread thread_;
  std::mutex mutex_;  // for the following
  std::condition_variable changed_;
  std::deque<std::shared_ptr<Job>> jobs_;
  bool ending_ = false;
};

}  // namespace exocast
