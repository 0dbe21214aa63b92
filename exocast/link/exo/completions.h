// SPDX-License-Identifier: Apache-2.0
#pragma once
// Completions: a gRPC completion queue, and the thread that takes what has completed into the loop. For this folder.
//
// What is ready is taken together, so that a burst enters the loop once and not for each completion. A tag of the
// queue is a Completion, and is alive until it has come back: what started it owns nothing of it meanwhile.
// Threading: the queue may be used from any thread; completed() is called inside the loop, by the thread here.
// Lifetime: destroy it outside of the loop, when nothing will be started on the queue any more and all that is out has
// been cancelled: it waits until all of it has come back. The loop outlives it.

#include <memory>
#include <thread>

#include <grpcpp/completion_queue.h>

#include "exocast/runtime/asio_loop.h"

namespace exocast {

/// What has been started on a completion queue.
class Completion {
 public:
  /// It has come back, `ok` as gRPC defines it for each operation. It may destroy itself.
  virtual void completed(bool ok) noexcept = 0;

 protected:
  ~Completion() = default;
};

class Completions {
 public:
  /// How many completions are taken into the loop at once at most.
  static constexpr std::size_t batch_max = 64;

  /// Starts the thread; throws std::system_error if there can be no more.
  Completions(AsioLoop& loop, std::unique_ptr<grpc::CompletionQueue> queue);
  Completions(const Completions&) = delete;
  Completions& operator=(const Completions&) = delete;
  ~Completions();

  grpc::CompletionQueue* queue() const noexcept { return queue_.get(); }

 private:
  void run() noexcept;

  AsioLoop& loop_;
  std::unique_ptr<grpc::CompletionQueue> queue_;
  std::thread thread_;
};

}  // namespace exocast
