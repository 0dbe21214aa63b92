// SPDX-License-Identifier: Apache-2.0
#include "testing/gather/heap.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

constinit std::atomic<long> alive = 0;
constinit thread_local bool counting = false;
constinit thread_local std::size_t allocations = 0;
constinit thread_local std::size_t to_fail = 0;

}  // namespace

#if !defined(__has_feature) || !__has_feature(thread_sanitizer)
void* operator new(std::size_t bytes) {
  if (counting && ++allocations == to_fail) throw std::bad_alloc();
  void* memory = std::malloc(bytes == 0 ? 1 : bytes);
  if (memory == nullptr) throw std::bad_alloc();
  alive.fetch_add(1, std::memory_order_relaxed);
  return memory;
}
void operator delete(void* memory) noexcept {
  if (memory == nullptr) return;
  alive.fetch_sub(1, std::memory_order_relaxed);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }
#endif

namespace exocast::test {

long Heap::blocks_alive() noexcept { return alive.load(std::memory_order_relaxed); }
void Heap::count_and_fail(std::size_t kth) noexcept {
  allocations = 0;
  to_fail = kth;
  counting = true;
}
std::size_t Heap::counted() noexcept { return allocations; }
std::size_t Heap::stop_counting() noexcept {
  counting = false;
  return allocations;
}

}  // namespace exocast::test
