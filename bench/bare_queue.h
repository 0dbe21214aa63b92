// SPDX-License-Identifier: Apache-2.0
#pragma once
// BareQueue: a minimal coroutine gather, as the reference of `bench gather`.
//
// An intrusive FIFO queue of coroutine frames, a result slot per task, a counter for the limit, and a clock reading
// every 64 resumptions for the deadline. No cancellation, no nesting, no errors other than values, no bounds. The
// difference to a library is the price of its features. Frames come from the heap, one allocation each, or from an
// arena, which is the lower bound. One thread.

#include <algorithm>
#include <chrono>
#include <coroutine>
#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "bench/task_result.h"

namespace exocast::bench {

enum class Frames { heap, arena };

template <Frames frames>
class BareQueue {
 public:
  /// For runs of up to `n_max` tasks.
  explicit BareQueue(std::size_t n_max) {
    if constexpr (frames == Frames::arena) {
      arena_bytes_ = n_max * 256;
      arena_ = std::make_unique<std::byte[]>(arena_bytes_);
    }
  }

  /// Starts tasks 0 to n-1, at most `limit` at once (0: all). Each yields once and ends. Returns their results in
  /// order.
  std::vector<TaskResult> run(std::size_t n, std::size_t limit, bool has_deadline) {
    results_.resize(n);
    started_ = arena_used_ = 0;
    stopping_ = false;
    const auto deadline = has_deadline ? Clock::now() + std::chrono::seconds(10) : Clock::time_point::max();
    for (std::size_t first = limit > 0 ? std::min(limit, n) : n; first > 0; --first) start_next();
    unsigned resumed = 0;
    while (Node* node = pop()) {
      if (has_deadline && (++resumed & 63) == 0 && Clock::now() >= deadline) stopping_ = true;
      node->frame.resume();
    }
    return std::exchange(results_, {});
  }

 private:
  using Clock = std::chrono::steady_clock;

  struct Node {
    Node* next = nullptr;
    std::coroutine_handle<> frame;
  };

  struct Task {
    struct promise_type;
    std::coroutine_handle<promise_type> frame;
  };

  struct Yield {
    BareQueue& queue;
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<typename Task::promise_type> frame) const noexcept {
      queue.push(frame.promise().node);
    }
    void await_resume() const noexcept {}
  };

  static Task work(BareQueue& queue, std::size_t index) {
    co_await Yield{queue};
    if (queue.stopping_) co_return std::unexpected(std::make_error_code(std::errc::timed_out));
    co_return result_of(index);
  }

  void push(Node& node) noexcept {
    node.next = nullptr;
    *tail_ = &node;
    tail_ = &node.next;
  }

  Node* pop() noexcept {
    Node* node = head_;
    if (node == nullptr) return nullptr;
    head_ = node->next;
    if (head_ == nullptr) tail_ = &head_;
    return node;
  }

  void start_next() {
    if (started_ == results_.size()) return;
    const auto frame = work(*this, started_++).frame;
    frame.promise().node.frame = frame;
    push(frame.promise().node);
  }

  void* take_from_arena(std::size_t bytes) {
    bytes = (bytes + 15) & ~std::size_t{15};
    if (arena_used_ + bytes > arena_bytes_) throw std::bad_alloc();
    return arena_.get() + std::exchange(arena_used_, arena_used_ + bytes);
  }

  Node* head_ = nullptr;
  Node** tail_ = &head_;
  std::vector<TaskResult> results_;
  std::size_t started_ = 0;
  bool stopping_ = false;
  std::unique_ptr<std::byte[]> arena_;
  std::size_t arena_bytes_ = 0;
  std::size_t arena_used_ = 0;
};

template <Frames frames>
struct BareQueue<frames>::Task::promise_type {
  promise_type(BareQueue& queue, std::size_t index) noexcept : queue(queue), index(index) {}

  static void* operator new(std::size_t bytes, BareQueue& queue, std::size_t /*index*/) {
    if constexpr (frames == Frames::arena) return queue.take_from_arena(bytes);
    return ::operator new(bytes);
  }
  static void operator delete(void* frame, std::size_t bytes) noexcept {
    if constexpr (frames == Frames::heap) ::operator delete(frame, bytes);
  }

  Task get_return_object() noexcept { return {std::coroutine_handle<promise_type>::from_promise(*this)}; }
  std::suspend_always initial_suspend() const noexcept { return {}; }
  std::suspend_never final_suspend() const noexcept { return {}; }
  void return_value(TaskResult&& result) {
    queue.results_[index] = std::move(result);
    queue.start_next();
  }
  void unhandled_exception() const noexcept { std::terminate(); }

  BareQueue& queue;
  std::size_t index;
  Node node;
};

/// The lower bound of a cancellation: waiting tasks in a list; each is told of the timeout, records it and ends.
class BareWaiters {
 public:
  explicit BareWaiters(std::size_t n) : results_(n) {
    for (std::size_t index = 0; index < n; ++index) wait(*this, index);
  }

  const std::vector<TaskResult>& cancel_all() {
    while (Node* node = std::exchange(first_, first_ != nullptr ? first_->next : nullptr)) node->frame.resume();
    return results_;
  }

 private:
  struct Node {
    Node* next = nullptr;
    std::coroutine_handle<> frame;
  };
  struct Task {
    struct promise_type {
      Task get_return_object() const noexcept { return {}; }
      std::suspend_never initial_suspend() const noexcept { return {}; }
      std::suspend_never final_suspend() const noexcept { return {}; }
      void return_void() const noexcept {}
      void unhandled_exception() const noexcept { std::terminate(); }
    };
  };
  struct Wait {
    BareWaiters& all;
    Node node{};
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> frame) noexcept {
      node = {.next = all.first_, .frame = frame};
      all.first_ = &node;
    }
    void await_resume() const noexcept {}
  };

  static Task wait(BareWaiters& all, std::size_t index) {
    co_await Wait{all};
    all.results_[index] = std::unexpected(std::make_error_code(std::errc::timed_out));
  }

  Node* first_ = nullptr;
  std::vector<TaskResult> results_;
};

}  // namespace exocast::bench
