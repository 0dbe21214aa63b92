// SPDX-License-Identifier: Apache-2.0
#include "testing/link/sim_stream.h"

#include <gtest/gtest.h>

#include "exocast/gather/scope.h"
#include "exocast/gather/wait.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

/// One end: reads all bytes, and counts its listener's calls.
struct Node final : ByteStream::Listener {
  explicit Node(std::unique_ptr<ByteStream> end) : stream(std::move(end)) {
    stream->listen(*this);
    on_readable();
  }
  void on_readable() noexcept override {
    ++readable;
    std::byte room[64];
    while (stream) {
      const auto read = stream->read(room);
      if (!read) {
        fault = read.error();
        return;
      }
      heard.append(reinterpret_cast<const char*>(room), *read);
      if (*read < sizeof room) return;
    }
  }
  void on_writable() noexcept override { ++writable; }
  std::expected<std::size_t, StreamFault> say(std::string_view text) {
    const Bytes parts[] = {std::as_bytes(std::span(text))};
    return stream->write(parts);
  }

  std::unique_ptr<ByteStream> stream;
  std::string heard;
  std::optional<StreamFault> fault;
  int readable = 0;
  int writable = 0;
};

struct SimWireTest : testing::Test {
  void make(const SimWireOptions& options = {}, std::uint64_t seed = 1) {
    wire = SimWire::make(loop, Random(seed), options);
    a = std::make_unique<Node>(wire->end(SimWire::first));
    b = std::make_unique<Node>(wire->end(SimWire::second));
  }
  void run_for(Duration time) {
    const TimePoint until = loop.now() + time;
    scope.spawn([](Duration time) -> task<void> { co_await sleep_for(time); }(time));
    while (loop.now() < until && loop.turn()) {
    }
  }

  SimLoop loop{1};
  Scope scope{loop};
  std::shared_ptr<SimWire> wire;
  std::unique_ptr<Node> a;
  std::unique_ptr<Node> b;
};

TEST_F(SimWireTest, CarriesBytesBothWaysAfterTheirDelay) {
  make({.delay_min = 3ms, .delay_max = 3ms});
  EXPECT_EQ(a->say("ping"), 4U);
  EXPECT_EQ(b->say("pong"), 4U);
  run_for(2ms);
  EXPECT_EQ(b->heard, "");
  run_for(2ms);
  EXPECT_EQ(b->heard, "ping");
  EXPECT_EQ(a->heard, "pong");
}

TEST_F(SimWireTest, KeepsTheOrderInPiecesOfAnySize) {
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    make({.delay_max = 5ms, .piece_bytes_max = 1 + seed % 7}, seed);
    std::string said;
    for (int i = 0; i < 20; ++i) {
      const std::string text(static_cast<std::size_t>(1 + i), static_cast<char>('a' + i));
      said += text;
      a->say(text);
    }
    run_for(1s);
    EXPECT_EQ(b->heard, said);
    EXPECT_GT(b->readable, 1);
  }
}

TEST_F(SimWireTest, AFullBufferTakesNoMoreAndTellsWhenThereIsRoom) {
  make({.buffer_bytes = 10});
  wire->stall(SimWire::second);
  EXPECT_EQ(a->say("0123456"), 7U);
  EXPECT_EQ(a->say("789abc"), 3U);
  EXPECT_EQ(a->say("abc").error(), StreamFault::would_block);
  run_for(1s);
  EXPECT_EQ(a->writable, 0);
  wire->resume(SimWire::second);
  run_for(1ms);
  EXPECT_EQ(b->heard, "0123456789");
  EXPECT_EQ(a->writable, 1);
  EXPECT_EQ(a->say("abc"), 3U);
}

TEST_F(SimWireTest, ACutLosesWhatIsUnderWayAndIsLearntAtDifferentTimes) {
  make({.delay_min = 5ms, .delay_max = 5ms});
  a->say("lost");
  wire->cut(10ms, 20ms);
  run_for(15ms);
  EXPECT_EQ(a->fault, StreamFault::broken);
  EXPECT_EQ(b->fault, StreamFault::would_block);
  EXPECT_EQ(a->say("x").error(), StreamFault::broken);
  EXPECT_TRUE(b->say("into the void"));
  run_for(10ms);
  EXPECT_EQ(b->fault, StreamFault::broken);
  EXPECT_EQ(b->heard, "");
  EXPECT_FALSE(b->stream->fault_text().empty());
}

TEST_F(SimWireTest, AHalfOpenEndNeverLearns) {
  make();
  wire->cut(Duration::max(), 0ms);
  run_for(1h);
  EXPECT_EQ(a->fault, StreamFault::would_block);
  EXPECT_TRUE(a->say("x"));
  EXPECT_EQ(b->fault, StreamFault::broken);
}

TEST_F(SimWireTest, AnEndThatClosesIsReadToItsEnd) {
  make({.delay_min = 1ms, .delay_max = 1ms});
  a->say("last words");
  a.reset();
  EXPECT_TRUE(wire->closed(SimWire::first));
  run_for(1ms);
  EXPECT_EQ(b->heard, "last words");
  b->on_readable();
  EXPECT_EQ(b->fault, StreamFault::closed);
  EXPECT_TRUE(b->say("anybody?"));
  run_for(2ms);
  EXPECT_EQ(b->fault, StreamFault::broken);
}

TEST_F(SimWireTest, TheEndOfTheOtherIsAnEdgeOfItsOwn) {
  make();
  run_for(1ms);
  a.reset();
  run_for(1ms);
  EXPECT_EQ(b->fault, StreamFault::closed);
}

}  // namespace
}  // namespace exocast
