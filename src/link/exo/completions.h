// SPDX-License-Identifier: Apache-2.0
#pragma once
// Completions: a gRPC completion queue, and the thread that brings its completions into the loop. Internal to this
// folder.
//
// All completions that are ready enter the loop together, so a burst costs one entry. Slow work, such as unpacking and
// checking a large message, is done before, so it does not block the loop. A tag of the queue is a Completion, which
// must live until it has come back and owns itself meanwhile.
// Threading: the queue may be used from any thread; the thread here calls prepare() outside of the loop, then
// completed() inside.
// Lifetime: destroy it outside of the loop, after the last operation was started and all pending ones were cancelled:
// it waits for all of them. The loop outlives it.

#include <atomic>
#include <memory>
#include <thread>

#include <grpcpp/completion_queue.h>

#include "exocast/asio_loop.h"

namespace exocast {

/// An operation started on a completion queue.
class Completion {
 public:
  /// The tag to give to gRPC; call it when all else is ready. Writes before this call are visible to the thread that
  /// receives the completion: the atomic shows that to ThreadSanitizer, which cannot see gRPC's own synchronisation.
  void* tag() noexcept {
    out_.store(true, std::memory_order_release);
    return this;
  }
  /// Whether the tag was given to gRPC; stays true afterwards.
  bool is_out() const noexcept { return out_.load(std::memory_order_acquire); }

  /// Called outside of the loop before completed(): the place for slow work that touches nothing of the loop. Returns
  /// whether the completion is large, in time or in bytes. A large one enters the loop without waiting for others, so
  /// that at most one is held here.
  virtual bool prepare(bool /*ok*/) noexcept { return false; }

  /// Called inside the loop; `ok` as gRPC defines it for the operation. It may destroy itself.
  virtual void completed(bool ok) noexcept = 0;

 protected:
  ~Completion() = default;

 private:
  std::atomic<bool> out_ = false;
};

class Completions {
 public:
  /// Completions that enter the loop together, at most.
  static constexpr std::size_t batch_max = 64;

  /// Starts the thread; throws std::system_error if the system refuses one.
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
