// SPDX-License-Identifier: Apache-2.0
#pragma once
// Heap: counts the allocations of the test program, and lets one of them fail.
//
// Linking heap.cpp replaces operator new and delete. Live blocks are always counted, over all threads; allocations are
// counted, and made to fail, only while a test asks for it and only on its own thread. ThreadSanitizer has operators of
// its own, which cannot be replaced: then nothing is counted, and nothing fails.

#include <cstddef>

namespace exocast::test {

class Heap {
 public:
  /// Whether it counts.
#if defined(__has_feature) && __has_feature(thread_sanitizer)
  static constexpr bool counts = false;
#else
  static constexpr bool counts = true;
#endif

  /// Blocks that operator new has given and operator delete has not taken back.
  static long blocks_alive() noexcept;

  /// Counts this thread's allocations from 1 on, until stop_counting().
  static void count() noexcept { count_and_fail(0); }
  /// The same, and the `kth` throws std::bad_alloc.
  static void count_and_fail(std::size_t kth) noexcept;
  static std::size_t counted() noexcept;
  static std::size_t stop_counting() noexcept;
};

}  // namespace exocast::test
