// SPDX-License-Identifier: Apache-2.0
#pragma once
// FrameCache: coroutine frames are made and dropped at a high rate in a few sizes, so each thread keeps some for reuse.
//
// Blocks come from ::operator new, one by one, and are kept in lists by size class; a hit costs a few nanoseconds and
// no call to the heap. Bounded: a thread keeps at most `kept_bytes_max`, and never more than it once had in use; blocks
// of more than `block_bytes_max` go straight to the heap. A block may be freed on another thread than the one that made
// it. With AddressSanitizer nothing is kept, so that a use after free is seen.

#include <cstddef>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EXOCAST_NO_FRAME_CACHE 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define EXOCAST_NO_FRAME_CACHE 1
#endif

namespace exocast {

class FrameCache {
 public:
  static constexpr std::size_t class_bytes = 64;
  static constexpr std::size_t block_bytes_max = 1024;
  static constexpr std::size_t kept_bytes_max = 32 << 20;  // what 100,000 small tasks at once need

  /// A block of at least `bytes`, aligned for any ordinary object. Throws std::bad_alloc when the heap is exhausted.
  static void* allocate(std::size_t bytes) {
#ifndef EXOCAST_NO_FRAME_CACHE
    if (bytes <= block_bytes_max) {
      Block*& first = lists_[index(bytes)];
      if (Block* block = first; block != nullptr) {
        first = block->next;
        kept_bytes_ -= class_size(bytes);
        return block;
      }
      register_cleanup();
      return ::operator new(class_size(bytes));
    }
#endif
    return ::operator new(bytes);
  }

  /// Takes back a block of allocate(bytes), with the same `bytes`.
  static void release(void* memory, [[maybe_unused]] std::size_t bytes) noexcept {
#ifndef EXOCAST_NO_FRAME_CACHE
    if (bytes <= block_bytes_max && kept_bytes_ + class_size(bytes) <= kept_bytes_max) {
      if (kept_bytes_ == 0) register_cleanup();  // this thread may never have allocated
      Block*& first = lists_[index(bytes)];
      first = ::new (memory) Block{first};
      kept_bytes_ += class_size(bytes);
      return;
    }
#endif
    ::operator delete(memory);
  }

  /// What this thread keeps now.
  static std::size_t kept_bytes() noexcept { return kept_bytes_; }

  /// Gives everything this thread keeps back to the heap.
  static void clear() noexcept {
    for (Block*& first : lists_) {
      while (Block* block = first) {
        first = block->next;
        ::operator delete(block);
      }
    }
    kept_bytes_ = 0;
  }

 private:
  struct Block {
    Block* next;
  };
  static std::size_t index(std::size_t bytes) noexcept { return (bytes - 1) / class_bytes; }
  static std::size_t class_size(std::size_t bytes) noexcept { return (index(bytes) + 1) * class_bytes; }

  // The lists are constant-initialised, so that reaching them costs no guard; the thread's exit clears them.
  static void register_cleanup() noexcept {
    struct Cleanup {
      ~Cleanup() { clear(); }
    };
    static thread_local Cleanup cleanup;
    static_cast<void>(cleanup);
  }

  static inline constinit thread_local Block* lists_[block_bytes_max / class_bytes] = {};
  static inline constinit thread_local std::size_t kept_bytes_ = 0;
};

}  // namespace exocast
