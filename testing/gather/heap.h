// SPDX-License-Identifier: Apache-2.0
#pragma once
// Heap: what operator new and delete of the test program count, and the one allocation that is to fail.
//
// Linking heap_test_support.cpp replaces both operators. Blocks alive are counted always and over all threads;
// allocations are counted, and made to fail, only while a test asks for it and only on its own thread.
// ThreadSanitizer keeps its own operators, which cannot be replaced: nothing is counted then, and nothing fails.

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
