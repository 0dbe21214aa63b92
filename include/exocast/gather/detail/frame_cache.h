// SPDX-License-Identifier: Apache-2.0
#pragma once
// FrameCache: each thread keeps freed coroutine frames for reuse.
//
// Frames are allocated and freed at a high rate in a few sizes. Blocks come from ::operator new and are kept in lists
// by size class; a hit costs a few nanoseconds and no call to the heap. Bounded: a thread keeps at most
// `kept_bytes_max`, and never more than it once had in use; blocks of more than `block_bytes_max` go straight to the
// heap. A block may be freed on another thread than the one that allocated it. A loop that several threads enter has a
// Store; otherwise blocks would pile up on threads that only free. With AddressSanitizer nothing is kept, so that it
// sees a use after free.

#include <cstddef>
#include <new>
#include <utility>

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
  struct Block {
    Block* next;
  };
  struct Lists;

 public:
  static constexpr std::size_t class_bytes = 32;
  static constexpr std::size_t block_bytes_max = 1024;
  static constexpr std::size_t kept_bytes_max = 32 << 20;  // what 100,000 small tasks at once need

  /// A block of at least `bytes`, aligned for any ordinary object. Throws std::bad_alloc when the heap is exhausted.
  static void* allocate(std::size_t bytes) {
#ifndef EXOCAST_NO_FRAME_CACHE
    if (bytes <= block_bytes_max) {
      Block*& first = kept_.first[index(bytes)];
      if (Block* block = first; block != nullptr) {
        first = block->next;
        kept_.bytes -= class_size(bytes);
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
    if (bytes <= block_bytes_max && kept_.bytes <= kept_bytes_max - block_bytes_max) {
      Block*& first = kept_.first[index(bytes)];
      if (first == nullptr) register_cleanup();  // this thread may never have allocated
      first = ::new (memory) Block{first};
      kept_.bytes += class_size(bytes);
      return;
    }
#endif
    ::operator delete(memory);
  }

  /// Bytes that this thread keeps now.
  static std::size_t kept_bytes() noexcept { return kept_.bytes; }

  /// Gives everything this thread keeps back to the heap.
  static void clear() noexcept { clear(kept_); }

  /// The blocks of a loop, whichever thread is in it. At first empty.
  class Store;

  /// Swaps the blocks of this thread with those of `store`: to be called when a thread enters a loop, and when it
  /// leaves.
  static inline void swap(Store& store) noexcept;

 private:
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

  static void clear(Lists& kept) noexcept {
    for (Block*& first : kept.first) {
      while (Block* block = first) {
        first = block->next;
        ::operator delete(block);
      }
    }
    kept.bytes = 0;
  }

  struct Lists {
    Block* first[block_bytes_max / class_bytes];
    std::size_t bytes;
  };
  static inline constinit thread_local Lists kept_{};
};

class FrameCache::Store {
 public:
  Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;
  ~Store() { clear(kept_); }

 private:
  friend class FrameCache;
  Lists kept_{};
};

/// For containers and shared objects that come and go as often as frames.
template <class T>
struct FrameAllocator {
  using value_type = T;
  FrameAllocator() = default;
  template <class U>
  explicit(false) FrameAllocator(const FrameAllocator<U>& /*other*/) noexcept {}

  T* allocate(std::size_t count) { return static_cast<T*>(FrameCache::allocate(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept { FrameCache::release(memory, count * sizeof(T)); }
  friend bool operator==(FrameAllocator /*a*/, FrameAllocator /*b*/) noexcept { return true; }
};

inline void FrameCache::swap(Store& store) noexcept { std::swap(kept_, store.kept_); }

}  // namespace exocast
