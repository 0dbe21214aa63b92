// SPDX-License-Identifier: Apache-2.0
#include "link/native/frame_reader.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/random.h"
#include "link/native/frames.h"
#include "testing/for_each_seed.h"

namespace exocast::native {
namespace {

std::string framed(std::string_view content) {
  std::string frame(length_bytes, '\0');
  FieldWriter(reinterpret_cast<std::byte*>(frame.data())).big_endian(static_cast<std::uint32_t>(content.size()));
  return frame.append(content);
}

/// Gives the reader as much of `bytes` as it has room for; returns the rest.
std::string_view feed(FrameReader& reader, std::string_view bytes) {
  const auto room = reader.room();
  const std::size_t taken = std::min(room.size(), bytes.size());
  std::memcpy(room.data(), bytes.data(), taken);
  reader.filled(taken);
  return bytes.substr(taken);
}

TEST(FrameReader, FindsTheSameFramesHoweverTheBytesAreCut) {
  for_each_seed(1, 300, [](std::uint64_t seed) {
    Random random(seed);
    std::vector<std::string> frames;
    std::string bytes;
    for (int i = 0; i < 30; ++i) {
      const std::size_t length = 1 + random.below(random.chance(0.1) ? 5000 : 60);
      frames.emplace_back(length, static_cast<char>('a' + i % 26));
      bytes += framed(frames.back());
    }
    FrameReader reader(16 + random.below(100), 5000);
    std::string_view left = bytes;
    std::vector<std::string> found;
    while (true) {
      if (const auto frame = reader.next()) {
        found.emplace_back(text_of(*frame));
      } else {
        ASSERT_EQ(frame.error(), FrameFault::none_yet);
        if (left.empty()) break;
        const std::size_t piece = std::min<std::size_t>(left.size(), 1 + random.below(200));
        left = left.substr(piece - feed(reader, left.substr(0, piece)).size());
      }
    }
    EXPECT_EQ(found, frames);
    EXPECT_EQ(reader.buffered(), 0U);
  });
}

TEST(FrameReader, AClaimedLengthCostsNothing) {
  FrameReader reader(1024, 256 << 20);
  std::string head(100, 'x');
  FieldWriter(reinterpret_cast<std::byte*>(head.data())).big_endian(200 << 20);
  feed(reader, head);
  EXPECT_EQ(reader.next().error(), FrameFault::none_yet);
  static_cast<void>(reader.room());
  EXPECT_EQ(reader.capacity(), 1024U);
}

TEST(FrameReader, GrowsForALongFrameUpToItsLengthAndShrinksBehindIt) {
  FrameReader reader(1024, 100'000);
  const std::string frame = framed(std::string(50'000, 'x'));
  std::string_view left = frame;
  for (auto next = reader.next(); !next; next = reader.next()) {
    ASSERT_EQ(next.error(), FrameFault::none_yet);
    left = feed(reader, left);
    EXPECT_LE(reader.capacity(), std::max<std::size_t>(1024, 2 * (frame.size() - left.size())));
    EXPECT_LE(reader.capacity(), frame.size());
  }
  EXPECT_TRUE(left.empty());
  static_cast<void>(reader.room());
  EXPECT_EQ(reader.capacity(), 1024U);
}

TEST(FrameReader, AFrameThatIsTooLongOrEmptyIsRefusedByItsLengthAlone) {
  FrameReader reader(64, 100);
  feed(reader, framed(std::string(101, 'x')).substr(0, length_bytes));
  EXPECT_EQ(reader.next().error(), FrameFault::too_large);
  FrameReader other(64, 100);
  feed(other, framed(""));
  EXPECT_EQ(other.next().error(), FrameFault::too_large);
}

}  // namespace
}  // namespace exocast::native
