// SPDX-License-Identifier: Apache-2.0
// Counts the allocations of each thread by replacing operator new for the whole program; a call costs one increment of
// a thread-local number. The other forms (arrays, sized and nothrow) call these in libstdc++.

#include <cstdlib>
#include <new>

#include "bench/measure.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define EXOCAST_FOREIGN_NEW 1
#endif
#endif

namespace {
constinit thread_local std::uint64_t allocation_count = 0;
}

#ifndef EXOCAST_FOREIGN_NEW
void* operator new(std::size_t bytes) {
  ++allocation_count;
  for (;;) {
    if (void* memory = std::malloc(bytes > 0 ? bytes : 1)) return memory;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t /*bytes*/) noexcept { std::free(memory); }
#endif

namespace exocast::bench {

std::uint64_t allocations() noexcept { return allocation_count; }

bool counts_allocations() noexcept {
#ifdef EXOCAST_FOREIGN_NEW
  return false;
#else
  return true;
#endif
}

}  // namespace exocast::bench
