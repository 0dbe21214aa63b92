// SPDX-License-Identifier: Apache-2.0
#pragma once
// Completions: a gRPC completion queue, and the thread that takes what has completed into the loop. For this folder.
//
// What is ready is taken together, so that a burst enters the loop once and not for each completion. What may take long
// with what has come, such as unpacking and checking a large message, is done before: the loop does not stand still for
// it. A tag of the queue is a Completion, and is alive until it has come back: what started it owns nothing of it
// meanwhile.
// Threading: the queue may be used from any thread; the thread here calls prepare() outside of the loop, then
// completed() inside.
// Lifetime: destroy it outside of the loop, when nothing will be started on the queue any more and all that is out has
// been cancelled: it waits until all of it has come back. The loop outlives it.

#include <atomic>
#include <memory>
#include <thread>

#include <grpcpp/completion_queue.h>

#include "exocast/asio_loop.h"

namespace exocast {

/// What has been started on a completion queue.
class Completion {
 public:
  /// Itself, as gRPC is to give it back; asked for when all else is ready. What was written before is seen by the
  /// thread that it comes back to, for all to see: gRPC's own handing over is hidden from ThreadSanitizer.
  void* tag() noexcept {
    out_.store(true, std::memory_order_release);
    return this;
  }
  /// Whether it has been handed over; what has come back has.
  bool is_out() const noexcept { return out_.load(std::memory_order_acquire); }

  /// It has come back, and is about to be taken into the loop: the place for what may take long and needs nothing that
  /// belongs to the loop. Returns whether it is large, in time or in bytes: it is then taken in without waiting for
  /// more, so that of such no more than one is held here.
  virtual bool prepare(bool /*ok*/) noexcept { return false; }

  /// It has come back, `ok` as gRPC defines it for each operation. It may destroy itself.
  virtual void completed(bool ok) noexcept = 0;

 protected:
  ~Completion() = default;

 private:
  std::atomic<bool> out_ = false;
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
