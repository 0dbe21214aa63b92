// SPDX-License-Identifier: Apache-2.0
#include "link/native/output.h"

#include <array>

#include <gtest/gtest.h>

#include "base/random.h"
#include "testing/for_each_seed.h"

namespace exocast::native {
namespace {

/// Takes a set number of bytes, and no more until told to.
class TakingStream final : public ByteStream {
 public:
  void listen(Listener& /*listener*/) noexcept override {}
  std::expected<std::size_t, StreamFault> write(std::span<const Bytes> parts) noexcept override {
    if (room == 0) return std::unexpected(StreamFault::would_block);
    ++writes;
    std::size_t taken = 0;
    for (const Bytes part : parts) {
      const std::size_t bytes = std::min(part.size(), room);
      written += text_of(part.first(bytes));
      room -= bytes;
      taken += bytes;
    }
    return taken;
  }
  std::expected<std::size_t, StreamFault> read(std::span<std::byte> /*into*/) noexcept override {
    return std::unexpected(StreamFault::would_block);
  }
  std::string fault_text() const override { return ""; }

  std::size_t room = SIZE_MAX;
  std::size_t writes = 0;
  std::string written;
};

void refer(Output& output, std::string_view text) {
  const auto owner = std::make_shared<const std::string>(text);
  output.refer(bytes_of(*owner), owner);
}

TEST(Output, WritesManySmallAndLargePartsAtOnce) {
  Output output;
  TakingStream stream;
  output.append(bytes_of("one "));
  output.append(bytes_of("two "));
  refer(output, "three ");
  output.append(bytes_of("four"));
  EXPECT_EQ(output.queued_bytes(), 18U);
  EXPECT_TRUE(output.write_to(stream));
  EXPECT_EQ(stream.written, "one two three four");
  EXPECT_EQ(stream.writes, 1U);
  EXPECT_TRUE(output.empty());
}

TEST(Output, KeepsTheOrderHoweverLittleIsTaken) {
  for_each_seed(1, 300, [](std::uint64_t seed) {
    Random random(seed);
    Output output;
    TakingStream stream;
    std::string all;
    for (int i = 0; i < 400; ++i) {
      const std::string text(1 + random.below(random.chance(0.1) ? 2000 : 50), static_cast<char>('a' + i % 26));
      all += text;
      if (random.chance(0.5)) {
        refer(output, text);
      } else {
        output.append(bytes_of(text));
      }
      stream.room = random.below(100);
      const auto written = output.write_to(stream);
      EXPECT_EQ(written.has_value(), output.empty());
      EXPECT_EQ(output.written_total(), stream.written.size());
      EXPECT_EQ(output.appended_total(), all.size());
    }
    stream.room = SIZE_MAX;
    EXPECT_TRUE(output.write_to(stream));
    EXPECT_EQ(stream.written, all);
  });
}

TEST(Output, ReferredTextsAreLetGoOnceTheyAreWritten) {
  Output output;
  TakingStream stream;
  auto text = std::make_shared<const std::string>(100, 'x');
  output.refer(bytes_of(*text), text);
  output.append(bytes_of("tail"));
  stream.room = 99;
  static_cast<void>(output.write_to(stream));
  EXPECT_EQ(text.use_count(), 2);
  stream.room = 1;
  static_cast<void>(output.write_to(stream));
  EXPECT_EQ(text.use_count(), 1);
}

TEST(Output, ClearDropsWhatIsQueuedAndCountsOn) {
  Output output;
  TakingStream stream;
  output.append(bytes_of("abcdef"));
  stream.room = 2;
  static_cast<void>(output.write_to(stream));
  output.clear();
  EXPECT_TRUE(output.empty());
  output.append(bytes_of("gh"));
  EXPECT_EQ(output.appended_total(), 4U);
  stream.room = SIZE_MAX;
  EXPECT_TRUE(output.write_to(stream));
  EXPECT_EQ(stream.written, "abgh");
}

TEST(Output, ThoseOfOneThreadUseOneBufferInTurnAndKeepApartWhatTheyHold) {
  for_each_seed(1, 300, [](std::uint64_t seed) {
    Random random(seed);
    std::array<Output, 3> outputs;
    std::array<TakingStream, 3> streams;
    std::array<std::string, 3> all;
    for (int i = 0; i < 300; ++i) {
      const std::size_t which = random.below(outputs.size());
      const std::string text(1 + random.below(random.chance(0.1) ? 2000 : 50), static_cast<char>('a' + i % 26));
      all[which] += text;
      if (random.chance(0.2)) {
        refer(outputs[which], text);
      } else {
        outputs[which].append(bytes_of(text));
      }
      streams[which].room = random.chance(0.5) ? SIZE_MAX : random.below(500);
      static_cast<void>(outputs[which].write_to(streams[which]));
    }
    for (std::size_t which = 0; which < outputs.size(); ++which) {
      streams[which].room = SIZE_MAX;
      EXPECT_TRUE(outputs[which].write_to(streams[which]));
      EXPECT_EQ(streams[which].written, all[which]);
    }
  });
}

}  // namespace
}  // namespace exocast::native
