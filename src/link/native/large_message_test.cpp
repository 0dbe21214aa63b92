// SPDX-License-Identifier: Apache-2.0
// Large messages, which are decoded outside of the loop.
#include <gtest/gtest.h>

#include "link/native/large_item.h"
#include "link/native/native_receiver.h"
#include "testing/link/held_worker.h"
#include "testing/link/native_pair.h"
#include "testing/link/raw_end.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using native::Ack;
using native::Farewell;
using native::Hello;
using native::Welcome;

constexpr std::size_t large_bytes = 200'000;

struct LargeMessageTest : testing::Test {
  LargeMessageTest() {
    pair.wire_options.buffer_bytes = 1 << 20;
    pair.receiver_options.decode_inline_bytes_max = 100'000;
    pair.worker = &worker;
    pair.restart();
  }
  ~LargeMessageTest() override { ends.clear(); }

  RawEnd& greet(std::uint64_t session = 7) {
    auto wire = SimWire::make(pair.loop, Random(1), pair.wire_options);
    pair.wires.push_back(wire);
    pair.receiver->serve(wire->end(SimWire::second));
    RawEnd& end = *ends.emplace_back(std::make_unique<RawEnd>(wire->end(SimWire::first)));
    end.say(write(Hello{.session = session}));
    pair.run_for(1ms);
    return end;
  }
  /// A connection whose first message waits for the worker.
  RawEnd& send_large(std::uint64_t session = 7) {
    RawEnd& end = greet(session);
    end.say_batch(1, std::vector{large(large_bytes)});
    pair.run_for(1ms);
    EXPECT_EQ(worker.waiting(), 1U);
    return end;
  }
  static std::uint64_t handled(const RawEnd& end) {
    return end.heard<Ack>().empty() ? 0 : end.heard<Ack>().back().handled;
  }
  const NativeReceiverMetrics& metrics() const { return pair.receiver->metrics(); }

  HeldWorker worker;
  NativePair pair;
  std::vector<std::unique_ptr<RawEnd>> ends;
};

TEST_F(LargeMessageTest, OthersGoOnWhileOneIsDecodedAndItsConnectionReadsNothing) {
  RawEnd& end = send_large(1);
  end.say_batch(2, numbered_batch(2, 1));
  RawEnd& other = greet(2);
  other.say_batch(1, numbered_batch(11, 1));
  pair.run_for(1ms);
  EXPECT_EQ(pair.handler.heard, std::vector{11});
  EXPECT_EQ(metrics().decoding, 1U);
  worker.run();
  pair.run_for(1ms);
  EXPECT_EQ(pair.handler.heard, (std::vector{11, -1, 2}));
  EXPECT_GT(pair.handler.bytes, large_bytes);
  EXPECT_EQ(handled(end), 2U);
  EXPECT_EQ(metrics().decoding, 0U);
}

TEST_F(LargeMessageTest, OneThatIsUnreadableIsRefusedByItsNumber) {
  RawEnd& end = greet();
  std::string frame = RawEnd::batch(1, std::vector{large(large_bytes)});
  frame[frame.size() / 2] = '\xff';  // not UTF-8
  end.say(frame);
  pair.run_for(1ms);
  worker.run();
  pair.run_for(1ms);
  ASSERT_EQ(end.heard<Ack>().size(), 1U);
  EXPECT_EQ(end.heard<Ack>()[0].refused.at(0).error.code, StatusCode::invalid_argument);
  EXPECT_TRUE(pair.handler.heard.empty());
}

TEST_F(LargeMessageTest, ItsBytesCountUntilItIsDecoded) {
  send_large();
  EXPECT_GT(metrics().receiving_bytes, large_bytes);
  worker.run();
  EXPECT_LT(metrics().receiving_bytes, large_bytes);
}

TEST_F(LargeMessageTest, AConnectionThatIsLostMeanwhileIsNoticedAfterwardsAndTheMessageCounts) {
  send_large().hang_up();
  pair.run_for(1ms);
  EXPECT_EQ(metrics().connections, 1U) << "it does not read";
  worker.run();
  pair.run_for(1ms);
  EXPECT_EQ(metrics().closes_of(ReceiverClose::closed), 1U);
  EXPECT_EQ(greet().heard<Welcome>().at(0).handled, 1U);
}

TEST_F(LargeMessageTest, WhatIsMissedBeforeItIsToldOnceThoughItIsSentTwice) {
  const std::string frame = RawEnd::batch(1, std::vector{large(large_bytes)}, 0, 5);
  greet().say(frame);
  pair.run_for(1ms);
  greet().say(frame);
  pair.run_for(1ms);
  worker.run();  // the dropped one
  worker.run();
  pair.run_for(1ms);
  EXPECT_EQ(metrics().handled_total, 1U);
  EXPECT_EQ(pair.handler.missed_messages, 5U);
}

TEST_F(LargeMessageTest, ANewConnectionOfTheSessionDropsItAndGetsItAgain) {
  send_large();
  RawEnd& second = greet();
  EXPECT_EQ(ends[0]->farewell(), Farewell::superseded);
  ASSERT_EQ(second.heard<Welcome>().size(), 1U);
  EXPECT_EQ(second.heard<Welcome>()[0].handled, 0U);
  EXPECT_LT(metrics().receiving_bytes, large_bytes) << "it is freed at once";
  second.say_batch(1, std::vector{large(large_bytes)});
  pair.run_for(1ms);
  worker.run();
  EXPECT_TRUE(pair.handler.heard.empty()) << "the dropped one";
  worker.run();
  pair.run_for(1ms);
  EXPECT_EQ(pair.handler.heard, std::vector{-1});
  EXPECT_EQ(handled(second), 1U);
}

TEST_F(LargeMessageTest, ANewConnectionMayComeBetweenItsDecodingAndItsEnd) {
  send_large();
  worker.work();
  RawEnd& second = greet();
  worker.finish();
  EXPECT_TRUE(pair.handler.heard.empty());
  second.say_batch(1, numbered_batch(5, 1));
  pair.run_for(1ms);
  EXPECT_EQ(pair.handler.heard, std::vector{5});
}

TEST_F(LargeMessageTest, DrainingDoesNotWaitForItAndSaysThatItIsNotHandled) {
  RawEnd& end = send_large();
  std::optional<std::size_t> abandoned;
  pair.scope.spawn(pair.receiver->drain(Deadline::after(pair.loop.now(), 1s)),
                   [&](const OutcomeOf<std::size_t>& outcome) noexcept { abandoned = outcome.value(); });
  pair.run_for(1ms);
  EXPECT_EQ(abandoned, 0U);
  EXPECT_EQ(end.farewell(), Farewell::shutting_down);
  worker.run();
  pair.run_for(1ms);
  EXPECT_TRUE(pair.handler.heard.empty());
  EXPECT_EQ(handled(end), 0U);
}

TEST_F(LargeMessageTest, TheReceiverMayEndBeforeAndAfterItIsDecoded) {
  send_large();
  pair.receiver.reset();
  worker.run();
  pair.restart();
  send_large();
  worker.work();
  pair.receiver.reset();
  worker.finish();
  EXPECT_TRUE(pair.handler.heard.empty());
}

TEST_F(LargeMessageTest, SeveralMessagesOfABatchCannotBeLarge) {
  RawEnd& end = greet();
  end.say_batch(1, std::vector{numbered(1), large(large_bytes)});
  pair.run_for(1ms);
  EXPECT_EQ(end.farewell(), Farewell::protocol);
  EXPECT_EQ(worker.waiting(), 0U);
}

TEST_F(LargeMessageTest, ALinkDeliversItOnceHoweverOftenItsConnectionBreaks) {
  const std::size_t at = pair.deliver({large(large_bytes)});
  pair.run_for(10ms);
  ASSERT_EQ(worker.waiting(), 1U);
  pair.wires.back()->cut(0ms, 0ms);
  pair.run_for(10ms);
  worker.run();
  for (int i = 0; i < 100 && !pair.end(at).done; ++i) {
    if (worker.waiting() > 0) worker.run();
    pair.run_for(100ms);
  }
  EXPECT_TRUE(pair.end(at).done);
  EXPECT_LE(pair.handler.heard.size(), 1U);
  EXPECT_EQ(pair.end(at).batch.answered, pair.handler.heard.size());
}

/// The only item of a frame in a reader's memory, and that memory.
struct Received {
  explicit Received(const std::string& frame) {
    for (std::size_t at = 0; at < frame.size();) {
      EXPECT_FALSE(reader.next());
      const auto room = reader.room();
      const std::size_t bytes = std::min(room.size(), frame.size() - at);
      std::memcpy(room.data(), frame.data() + at, bytes);
      reader.filled(bytes);
      at += bytes;
    }
    auto any = native::read_frame(*reader.next());
    EXPECT_TRUE(std::get<native::Batch>(*any).next(item));
    memory = reader.release();
  }
  native::FrameReader reader{4096, std::size_t{64} << 20};
  native::Item item;
  native::FrameMemory memory;
};

TEST(DecodeLarge, GivesTheMessageThatWasSentWithoutACopy) {
  const std::vector<std::int32_t> many(500'000, 70'000);
  const Message sent[] = {large(10'000'000), large(0), *Message::opaque_status("", "[1,2]"),
                          *Message::token_result("r", many, true)};
  for (const Message& message : sent) {
    Received received(RawEnd::batch(1, std::vector{message}));
    const auto decoded = decode_large(received.item, std::move(received.memory), 64 << 20);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->encoded(), message.encoded());
    EXPECT_EQ(decoded->encoded().data(), text_of(received.item.request).data()) << "it was copied";
  }
}

TEST(DecodeLarge, RefusesWhatDecodeRefuses) {
  Received received(RawEnd::batch(1, std::vector{large(1000)}));
  const auto decoded = decode_large(received.item, std::move(received.memory), 100);
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, StatusCode::resource_exhausted);
}

}  // namespace
}  // namespace exocast
