// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/detail/frame_cache.h"

#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

namespace exocast {
namespace {

constexpr std::size_t sizes[] = {1, 16, 63, 64, 65, 128, 1000, 1023, 1024, 1025, 5000};

TEST(FrameCache, GivesBlocksThatAreLargeEnoughAlignedAndApart) {
  std::vector<std::pair<unsigned char*, std::size_t>> blocks;
  for (int round = 0; round < 3; ++round) {
    for (const std::size_t bytes : sizes) {
      auto* block = static_cast<unsigned char*>(FrameCache::allocate(bytes));
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(block) % __STDCPP_DEFAULT_NEW_ALIGNMENT__, 0U);
      std::memset(block, static_cast<int>(blocks.size()), bytes);
      blocks.emplace_back(block, bytes);
    }
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const auto [block, bytes] = blocks[i];
    EXPECT_EQ(block[0], i) << "nobody else wrote there";
    EXPECT_EQ(block[bytes - 1], i);
    FrameCache::release(block, bytes);
  }
  FrameCache::clear();
}

#ifndef EXOCAST_NO_FRAME_CACHE

TEST(FrameCache, GivesAReleasedBlockAgainForAnySizeOfItsClass) {
  FrameCache::clear();
  void* block = FrameCache::allocate(100);
  FrameCache::release(block, 100);
  void* again = FrameCache::allocate(128);  // 65 … 128 bytes are one class
  EXPECT_EQ(again, block);
  FrameCache::release(again, 128);
  void* other = FrameCache::allocate(129);
  EXPECT_NE(other, block);
  FrameCache::release(other, 129);
  FrameCache::clear();
}

TEST(FrameCache, KeepsABoundedNumberOfBytes) {
  FrameCache::clear();
  constexpr std::size_t bytes = FrameCache::block_bytes_max;
  std::vector<void*> blocks(FrameCache::kept_bytes_max / bytes + 50);
  for (void*& block : blocks) block = FrameCache::allocate(bytes);
  EXPECT_EQ(FrameCache::kept_bytes(), 0U) << "what is in use is not kept";
  for (void* block : blocks) FrameCache::release(block, bytes);
  EXPECT_EQ(FrameCache::kept_bytes(), FrameCache::kept_bytes_max);
  FrameCache::release(FrameCache::allocate(64), 64);
  EXPECT_EQ(FrameCache::kept_bytes(), FrameCache::kept_bytes_max) << "full";
  FrameCache::clear();
  EXPECT_EQ(FrameCache::kept_bytes(), 0U);
}

TEST(FrameCache, NeverExceedsItsBoundWhateverTheSizes) {
  FrameCache::clear();
  std::vector<std::pair<void*, std::size_t>> blocks;
  for (std::size_t i = 0; i < 2 * FrameCache::kept_bytes_max / FrameCache::block_bytes_max; ++i) {
    const std::size_t bytes = FrameCache::block_bytes_max - i % 16 * FrameCache::class_bytes;
    blocks.emplace_back(FrameCache::allocate(bytes), bytes);
  }
  for (const auto& [block, bytes] : blocks) {
    FrameCache::release(block, bytes);
    ASSERT_LE(FrameCache::kept_bytes(), FrameCache::kept_bytes_max);
  }
  FrameCache::clear();
}

TEST(FrameCache, WhatOneThreadReleasesInALoopAnotherGetsThere) {
  FrameCache::clear();
  FrameCache::Store loop;
  FrameCache::swap(loop);
  void* block = FrameCache::allocate(100);
  FrameCache::swap(loop);
  std::thread([&] {
    FrameCache::swap(loop);
    FrameCache::release(block, 100);
    FrameCache::swap(loop);
    EXPECT_EQ(FrameCache::kept_bytes(), 0U) << "it is the loop's";
  }).join();
  EXPECT_EQ(FrameCache::kept_bytes(), 0U);
  FrameCache::swap(loop);
  EXPECT_EQ(FrameCache::kept_bytes(), 128U);
  EXPECT_EQ(FrameCache::allocate(100), block);
  FrameCache::release(block, 100);
  FrameCache::swap(loop);  // whose destructor returns the block to the heap
}

TEST(FrameCache, KeepsNoBlockThatIsTooLarge) {
  FrameCache::clear();
  FrameCache::release(FrameCache::allocate(FrameCache::block_bytes_max + 1), FrameCache::block_bytes_max + 1);
  EXPECT_EQ(FrameCache::kept_bytes(), 0U);
}

#endif

TEST(FrameCache, ABlockMayBeReleasedOnAnotherThread) {
  for (const std::size_t bytes : sizes) {
    void* block = FrameCache::allocate(bytes);
    std::thread([=] { FrameCache::release(block, bytes); }).join();  // the thread's exit returns the block to the heap
    std::thread([&] { block = FrameCache::allocate(bytes); }).join();
    FrameCache::release(block, bytes);
  }
  FrameCache::clear();
}

TEST(FrameCache, ClearingAnEmptyCacheDoesNothing) {
  FrameCache::clear();
  FrameCache::clear();
}

}  // namespace
}  // namespace exocast
