// SPDX-License-Identifier: Apache-2.0
#pragma once
// FrameCache: coroutine frames are made and dropped at a high rate in a few sizes, so each thread keeps some for reuse.
//
// Blocks come from ::operator new, one by one, and are kept in lists by size class; a hit costs a few nanoseconds and no
// call to the heap. Bounded: at most `blocks_kept_max` blocks of each class up to `block_bytes_max` bytes are kept per
// thread; all others go straight to the heap. A block may be freed on another thread than the one that made it.
// With AddressSanitizer nothing is kept, so that a use after free is seen.

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

namespace detail {
struct FreeBlock {
  FreeBlock* next;
};
struct FreeBlocks {
  FreeBlock* first = nullptr;
  std::size_t count = 0;
};
}  // namespace detail

class FrameCache {
 public:
  static constexpr std::size_t class_bytes = 64;
  static constexpr std::size_t block_bytes_max = 1024;
  static constexpr std::size_t blocks_kept_max = 256;  // 16 classes * 256 blocks * <=1 KiB: at most 2.2 MiB a thread

  /// A block of at least `bytes`, aligned for any ordinary object. Throws std::bad_alloc when the heap is exhausted.
  static void* allocate(std::size_t bytes) {
#ifndef EXOCAST_NO_FRAME_CACHE
    if (bytes <= block_bytes_max) {
      List& list = lists_[index(bytes)];
      if (Block* block = list.first; block != nullptr) {
        list.first = block->next;
        --list.count;
        return block;
      }
      register_cleanup();
      return ::operator new((index(bytes) + 1) * class_bytes);
    }
#endif
    return ::operator new(bytes);
  }

  /// Takes back a block of allocate(bytes), with the same `bytes`.
  static void release(void* memory, [[maybe_unused]] std::size_t bytes) noexcept {
#ifndef EXOCAST_NO_FRAME_CACHE
    if (bytes <= block_bytes_max) {
      List& list = lists_[index(bytes)];
      if (list.count < blocks_kept_max) {
        list.first = ::new (memory) Block{list.first};
        ++list.count;
        return;
      }
    }
#endif
    ::operator delete(memory);
  }

  /// Gives everything this thread keeps back to the heap.
  static void clear() noexcept {
    for (List& list : lists_) {
      while (list.first != nullptr) {
        Block* block = list.first;
        list.first = block->next;
        ::operator delete(block);
      }
      list.count = 0;
    }
  }

 private:
  using Block = detail::FreeBlock;
  using List = detail::FreeBlocks;
  static std::size_t index(std::size_t bytes) noexcept { return (bytes - 1) / class_bytes; }

  // The lists are constant-initialised, so that reaching them costs no guard; the thread's exit clears them.
  static void register_cleanup() noexcept {
    struct Cleanup {
      ~Cleanup() { clear(); }
    };
    static thread_local Cleanup cleanup;
    static_cast<void>(cleanup);
  }

  static inline constinit thread_local List lists_[block_bytes_max / class_bytes] = {};
};

}  // namespace exocast
