// SPDX-License-Identifier: Apache-2.0
#pragma once
// Heap: counts the allocations of the test program, and can make one of them fail.
//
// Linking heap.cpp replaces operator new and delete. Live blocks are counted always and over all threads. Allocations
// are counted, and made to fail, only when a test asks for it and only on its own thread. ThreadSanitizer's own
// operators cannot be replaced: with it nothing is counted, and nothing fails.

#include <cstddef>

namespace exocast::test {

class Heap {
 public:
  /// Whether counting works.
#if defined(__has_feature) && __has_feature(thread_sanitizer)
  static constexpr bool counts = false;
#else
  static constexpr bool counts = true;
#endif

  /// Blocks from operator new that operator delete has not freed.
  static long blocks_alive() noexcept;

  /// Counts this thread's allocations from 1 on, until stop_counting().
  static void count() noexcept { count_and_fail(0); }
  /// The same, and the `kth` throws std::bad_alloc.
  static void count_and_fail(std::size_t kth) noexcept;
  static std::size_t counted() noexcept;
  static std::size_t stop_counting() noexcept;
};

}  // namespace exocast::test
