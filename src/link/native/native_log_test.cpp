// SPDX-License-Identifier: Apache-2.0
// Which messages every receiver has, between a native link and its receiver: docs/wire.md, "Everyone has it".
#include "exocast/log_progress.h"
#include "link/native/native_link.h"
#include "testing/link/native_session_fixture.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using native::Ack;
using native::Batch;
using native::Farewell;
using native::Hello;
using native::Welcome;
using Positions = std::vector<std::uint64_t>;

/// A link to a real receiver, and a log.
struct NativeLogTest : testing::Test {
  const std::shared_ptr<LogProgress> log = std::make_shared<LogProgress>(77, StreamClass::tokens);
  NativePair pair;

  std::size_t deliver(int first, int count, std::span<const std::int64_t> steps = {}) {
    return pair.deliver(numbered_batch(first, count), {.deadline = Deadline::after(pair.loop.now(), 10s),
                                                       .log = log.get(),
                                                       .position = static_cast<std::uint64_t>(first),
                                                       .steps = steps});
  }
  void tell() {
    pair.link->tell(*log);
    pair.run_for(10ms);
  }
};

TEST_F(NativeLogTest, MessagesArriveWithTheirPlaceInTheLog) {
  const std::vector<std::int64_t> steps{3, -2};
  deliver(1, 2);
  deliver(3, 3, steps);
  pair.run_for(10ms);
  EXPECT_EQ(pair.handler.positions(), (Positions{1, 2, 3, 6, 4}));
  EXPECT_EQ(pair.handler.origins[0], (Origin{.log = 77, .position = 1, .stream_class = StreamClass::tokens}));
  EXPECT_EQ(pair.handler.news_from, "sender");
}

TEST_F(NativeLogTest, MessagesWithoutALogHaveNoOrigin) {
  pair.deliver(numbered_batch(1, 2));
  pair.run_for(10ms);
  EXPECT_EQ(pair.handler.heard.size(), 2U);
  EXPECT_TRUE(pair.handler.origins.empty());
  EXPECT_TRUE(pair.handler.news.empty());
}

TEST_F(NativeLogTest, TheNextBatchSaysHowFarTheLogIsSettled) {
  deliver(1, 2);
  pair.run_for(10ms);
  log->settle(2);
  const std::uint64_t frames = pair.link->metrics().frames_out;
  deliver(3, 1);
  pair.run_for(10ms);
  EXPECT_EQ(pair.link->metrics().frames_out, frames + 1) << "the batch alone";
  ASSERT_EQ(pair.handler.news.size(), 2U);
  EXPECT_EQ(pair.handler.news[1].after, 0U);
  EXPECT_EQ(pair.handler.news[1].settled, 2U);
  tell();
  EXPECT_EQ(pair.link->metrics().frames_out, frames + 1) << "that was no news";
}

TEST_F(NativeLogTest, NewsComeAloneWhenThereIsNoBatch) {
  deliver(1, 2);
  pair.run_for(10ms);
  log->settle(2);
  log->add_incomplete({2, 2});
  tell();
  ASSERT_EQ(pair.handler.news.size(), 2U);
  EXPECT_EQ(pair.handler.news[1].settled, 2U);
  EXPECT_EQ(pair.handler.news[1].incomplete, (std::vector<PositionRange>{{2, 2}}));
}

TEST_F(NativeLogTest, ALossIsToldBeforeTheBatchThatSaysItIsSettled) {
  deliver(1, 2);
  pair.run_for(10ms);
  log->settle(2);
  log->add_incomplete({1, 1});
  deliver(3, 1);
  pair.run_for(10ms);
  ASSERT_EQ(pair.handler.news.size(), 2U);
  EXPECT_EQ(pair.handler.news[1].settled, 2U);
  EXPECT_EQ(pair.handler.news[1].incomplete, (std::vector<PositionRange>{{1, 1}}));
}

TEST_F(NativeLogTest, ALossIsToldWithTheSettledPositionThatIncludesItEvenIfItWasToldBefore) {
  deliver(1, 3);
  pair.run_for(10ms);
  log->add_incomplete({3, 3});  // before 2 is settled
  log->settle(1);
  tell();
  log->settle(3);
  deliver(4, 1);
  pair.run_for(10ms);
  ASSERT_EQ(pair.handler.news.size(), 3U);
  EXPECT_EQ(pair.handler.news[2].after, 1U);
  EXPECT_EQ(pair.handler.news[2].settled, 3U);
  EXPECT_EQ(pair.handler.news[2].incomplete, (std::vector<PositionRange>{{3, 3}})) << "it may have been forgotten";
}

TEST_F(NativeLogTest, ALinkThatWasGivenNothingOfTheLogSaysNothing) {
  pair.deliver(numbered_batch(1, 2));
  pair.run_for(10ms);
  log->settle(2);
  tell();
  EXPECT_TRUE(pair.handler.news.empty());
}

TEST_F(NativeLogTest, ANewConnectionTellsItAll) {
  deliver(1, 3);
  pair.run_for(10ms);
  log->add_incomplete({1, 1});
  log->settle(3);
  tell();
  pair.restart();
  pair.handler.news.clear();
  pair.wires.back()->cut(0ms, 0ms);
  deliver(4, 1);
  pair.run_for(1s);
  ASSERT_FALSE(pair.handler.news.empty());
  EXPECT_EQ(pair.handler.news[0].after, 0U);
  EXPECT_EQ(pair.handler.news[0].settled, 3U);
  EXPECT_EQ(pair.handler.news[0].incomplete, (std::vector<PositionRange>{{1, 1}}));
}

TEST_F(NativeLogTest, LargeMessagesOfAllClassesSayWhereTheyAre) {
  const auto bulk = std::make_shared<LogProgress>(77, StreamClass::bulk);
  const auto send = [&](const LogProgress& of, std::uint64_t position) {
    pair.deliver({large(100'000)}, {.stream_class = of.stream_class(), .log = &of, .position = position});
  };
  log->settle(1);
  send(*log, 1);
  send(*bulk, 1);
  send(*log, 2);
  pair.run_for(100ms);
  ASSERT_EQ(pair.handler.origins.size(), 3U);
  EXPECT_EQ(pair.handler.origins[0].stream_class, StreamClass::tokens);
  EXPECT_EQ(pair.handler.origins[1].stream_class, StreamClass::bulk);
  EXPECT_EQ(pair.handler.origins[2].stream_class, StreamClass::tokens);
  EXPECT_EQ(pair.handler.positions(), (Positions{1, 1, 2}));
}

/// A link whose peer is the test.
struct NativeLogSessionTest : NativeSessionTest {
  const std::shared_ptr<LogProgress> log = std::make_shared<LogProgress>(77, StreamClass::tokens);

  void open(std::uint32_t version) {
    pair.deliver(numbered_batch(1, 1), {.log = log.get(), .position = 1});
    pair.run_for(1ms);
    welcome(0, 5, version);
  }
  std::size_t news() { return peer().heard<LogNews>().size(); }
};

TEST_F(NativeLogSessionTest, APeerOfVersion2GetsNoNewFrameAndNoNewField) {
  open(2);
  log->settle(1);
  pair.link->tell(*log);
  pair.deliver(numbered_batch(2, 1), {.log = log.get(), .position = 2});
  pair.run_for(100ms);
  EXPECT_EQ(news(), 0U);
  ASSERT_EQ(peer().heard<Batch>().size(), 2U);
  for (const Batch& batch : peer().heard<Batch>()) {
    EXPECT_EQ(batch.position, 0U);
    EXPECT_EQ(batch.log_settled, 0U);
  }
}

TEST_F(NativeLogSessionTest, APeerThatDoesNotReadCostsNoMemory) {
  pair.connect = [this] -> std::expected<std::unique_ptr<ByteStream>, Status> {
    auto wire = SimWire::make(pair.loop, Random(1), {.buffer_bytes = 1000});
    pair.wires.push_back(wire);
    peers.push_back(std::make_unique<RawEnd>(wire->end(SimWire::second)));
    return wire->end(SimWire::first);
  };
  open(3);
  ASSERT_EQ(news(), 1U);
  pair.wires.back()->stall(SimWire::first);
  pair.wires.back()->stall(SimWire::second);
  for (std::uint64_t position = 2; position < 20'000; position += 2) {
    log->add_incomplete({position, position});
    log->settle(position);
    pair.link->tell(*log);
    if (position % 100 == 0) pair.run_for(1ms);
  }
  EXPECT_LT(pair.link->metrics().frames_out, 1000U);
  pair.wires.back()->resume(SimWire::first);
  pair.wires.back()->resume(SimWire::second);
  pair.run_for(1s);
  EXPECT_EQ(peer().heard<LogNews>().back().settled, 19'998U) << "it gets the newest";
}

/// The test as a sender.
struct NativeLogReceiverTest : testing::Test {
  NativePair pair;
  std::vector<std::unique_ptr<RawEnd>> ends;

  ~NativeLogReceiverTest() override { ends.clear(); }
  RawEnd& greet(std::uint32_t version = 3) {
    auto wire = SimWire::make(pair.loop);
    pair.wires.push_back(wire);
    ends.push_back(std::make_unique<RawEnd>(wire->end(SimWire::first)));
    pair.receiver->serve(wire->end(SimWire::second));
    ends.back()->say(write(Hello{.session = ends.size(), .node_id = "a", .version_max = version}));
    pair.run_for(1ms);
    return *ends.back();
  }
  static std::string batch(std::uint64_t first, std::uint64_t position, std::uint64_t log_settled) {
    return RawEnd::batch(first, numbered_batch(static_cast<int>(first), 1), 0, 0, position, log_settled);
  }
  void expect_protocol(RawEnd& end) {
    pair.run_for(1ms);
    EXPECT_EQ(end.farewell(), Farewell::protocol);
    EXPECT_TRUE(end.ended());
  }
};

TEST_F(NativeLogReceiverTest, APositionInNoLogClosesTheConnection) {
  RawEnd& end = greet();
  end.say(batch(1, 1, 0));
  expect_protocol(end);
}

TEST_F(NativeLogReceiverTest, ALogThatIsSettledLessThanBeforeClosesTheConnection) {
  RawEnd& first = greet();
  first.say(native::write(LogNews{.log = 7, .settled = 5}) + batch(1, 9, 4));
  expect_protocol(first);
  RawEnd& second = greet();
  second.say(native::write(LogNews{.log = 7, .settled = 5}) + native::write(LogNews{.log = 7, .settled = 4}));
  expect_protocol(second);
}

TEST_F(NativeLogReceiverTest, NewsBeforeTheHelloOrOnAnOldConnectionCloseIt) {
  RawEnd& old = greet(2);
  old.say(native::write(LogNews{.log = 7, .settled = 5}));
  expect_protocol(old);
  auto wire = SimWire::make(pair.loop);
  pair.wires.push_back(wire);
  ends.push_back(std::make_unique<RawEnd>(wire->end(SimWire::first)));
  pair.receiver->serve(wire->end(SimWire::second));
  ends.back()->say(native::write(LogNews{.log = 7, .settled = 5}));
  expect_protocol(*ends.back());
}

TEST_F(NativeLogReceiverTest, OnAConnectionOfVersion2TheFieldsAreSkipped) {
  RawEnd& end = greet(2);
  end.say(batch(1, 1, 1));
  pair.run_for(1ms);
  EXPECT_EQ(pair.handler.heard, (std::vector{1}));
  EXPECT_TRUE(pair.handler.origins.empty());
}

TEST_F(NativeLogReceiverTest, ARepeatedMessageKeepsItsPosition) {
  RawEnd& end = greet();
  end.say(native::write(LogNews{.log = 7}) + batch(1, 10, 0) + batch(1, 10, 0) + batch(2, 11, 10));
  pair.run_for(1ms);
  EXPECT_EQ(pair.handler.positions(), (Positions{10, 11}));
  EXPECT_EQ(pair.handler.news.back().after, 0U);
  EXPECT_EQ(pair.handler.news.back().settled, 10U);
}

}  // namespace
}  // namespace exocast
