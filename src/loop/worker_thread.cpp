// SPDX-License-Identifier: Apache-2.0
#include "loop/worker_thread.h"

#include <system_error>
#include <utility>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>

namespace exocast {

WorkerThread::~WorkerThread() {
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
    jobs_.clear();
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void WorkerThread::start(std::shared_ptr<Job> job) {
  if (!thread_.joinable()) {
    try {
      thread_ = std::thread(&WorkerThread::run, this);
    } catch (const std::system_error&) {
      job->work();
      return finish(std::move(job));
    }
  }
  {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
  }
  changed_.notify_one();
}

void WorkerThread::run() {
  for (;;) {
    std::shared_ptr<Job> job;
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return ending_ || !jobs_.empty(); });
      if (ending_) return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    job->work();
    finish(std::move(job));
  }
}

/// Posts instead of entering the loop: the thread that ends this worker waits for it inside the loop.
void WorkerThread::finish(std::shared_ptr<Job> job) {
  boost::asio::post(loop_.context(), [&loop = loop_, job = std::move(job)] {
    const AsioLoop::Entry inside(loop);
    job->finish();
  });
}

}  // namespace exocast
