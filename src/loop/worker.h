// SPDX-License-Identifier: Apache-2.0
#pragma once
// Worker: runs long work outside of the loop, so that the loop goes on meanwhile. The seam between those who have such
// work and the thread that does it: WorkerThread in production, a test's own in simulations.
//
//   struct Check final : Job {
//     void work() noexcept override { fault = json_fault(text); }
//     void finish() noexcept override { … }
//   };
//   worker.start(std::make_shared<Check>(text));
//
// Threading: start() and finish() are called inside the loop, work() anywhere. Lifetime: a job that is no longer wanted
// cannot be taken back, so it must not refer to what may end before it.

#include <memory>

namespace exocast {

/// A piece of work.
class Job {
 public:
  virtual ~Job() = default;

  /// Does the work, outside of the loop.
  virtual void work() noexcept = 0;

  /// Called once work() has ended, inside the loop. Not called if the worker ends before.
  virtual void finish() noexcept = 0;
};

class Worker {
 public:
  /// Runs `job` after the earlier ones; never finishes it inside this call. The caller bounds the number of jobs.
  virtual void start(std::shared_ptr<Job> job) = 0;

 protected:
  ~Worker() = default;
};

}  // namespace exocast
