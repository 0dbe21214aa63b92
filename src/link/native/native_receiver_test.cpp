// SPDX-License-Identifier: Apache-2.0
#include "link/native/native_receiver.h"

#include <gmock/gmock.h>

#include "testing/link/native_pair.h"
#include "testing/link/raw_end.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using native::Ack;
using native::Farewell;
using native::Goodbye;
using native::Hello;
using native::Welcome;

struct NativeReceiverTest : testing::Test {
  ~NativeReceiverTest() override { ends.clear(); }

  RawEnd& connect() {
    auto wire = SimWire::make(pair.loop);
    pair.wires.push_back(wire);
    pair.receiver->serve(wire->end(SimWire::second));
    return *ends.emplace_back(std::make_unique<RawEnd>(wire->end(SimWire::first)));
  }
  RawEnd& greet(std::uint64_t session = 7, std::uint64_t settled = 0) {
    RawEnd& end = connect();
    end.say(write(Hello{.session = session, .settled = settled}));
    pair.run_for(1ms);
    return end;
  }
  void expect_closed(const RawEnd& end, ReceiverClose reason, Farewell farewell) {
    pair.run_for(1ms);
    EXPECT_TRUE(end.ended());
    EXPECT_EQ(end.farewell(), farewell);
    EXPECT_EQ(metrics().closes_of(reason), 1U);
  }
  void each_message_blocks(Duration time) {
    pair.handler.answer = [this, time](const Message& /*message*/) -> Answer {
      pair.loop.stand_still(pair.loop.coarse_now() - pair.loop.now() + time);  // it counts from the turn's beginning
      return {};
    };
  }
  static std::vector<std::uint64_t> acknowledged(const RawEnd& end) {
    std::vector<std::uint64_t> numbers;
    for (const Ack& ack : end.heard<Ack>()) numbers.push_back(ack.handled);
    return numbers;
  }
  const NativeReceiverMetrics& metrics() const { return pair.receiver->metrics(); }

  NativePair pair;
  std::vector<std::unique_ptr<RawEnd>> ends;
};

TEST_F(NativeReceiverTest, WelcomesAndAcknowledgesWithOneAnswer) {
  RawEnd& end = greet();
  ASSERT_EQ(end.heard<Welcome>().size(), 1U);
  EXPECT_EQ(end.heard<Welcome>()[0].node_id, "receiver");
  EXPECT_EQ(end.heard<Welcome>()[0].handled, 0U);
  EXPECT_EQ(end.heard<Welcome>()[0].window_messages, 4096U);
  end.say(RawEnd::batch(1, numbered_batch(1, 2)) + RawEnd::batch(3, numbered_batch(3, 1)));
  pair.run_for(1ms);
  EXPECT_EQ(pair.handler.heard, (std::vector{1, 2, 3}));
  ASSERT_EQ(end.heard<Ack>().size(), 1U);
  EXPECT_EQ(end.heard<Ack>()[0].handled, 3U);
}

TEST_F(NativeReceiverTest, SpeaksTheNewestVersionThatBothKnow) {
  const auto version_for = [&](std::uint32_t oldest, std::uint32_t newest) {
    RawEnd& end = connect();
    end.say(write(Hello{.version = oldest, .session = 100 + newest, .version_max = newest}));
    pair.run_for(1ms);
    return end.heard<Welcome>().empty() ? 0 : end.heard<Welcome>()[0].version;
  };
  EXPECT_EQ(version_for(1, 0), 1U) << "a sender of version 1 names no other";
  EXPECT_EQ(version_for(1, 2), 2U);
  EXPECT_EQ(version_for(1, 9), 3U);
  EXPECT_EQ(version_for(2, 3), 3U);
  EXPECT_EQ(version_for(3, 4), 3U);
  EXPECT_EQ(version_for(4, 5), 0U);
  EXPECT_EQ(ends.back()->farewell(), Farewell::version);
  EXPECT_THAT(ends.back()->heard<Goodbye>()[0].text, testing::HasSubstr("versions 1 to 3 are spoken here, not 4 to 5"));
}

TEST_F(NativeReceiverTest, DataArrives) {
  RawEnd& end = greet();
  std::string topic;
  pair.handler.answer = [&](const Message& message) -> Answer {
    topic = message.topic();
    return {};
  };
  end.say_batch(1, std::vector{*Message::data("weights", "x")});
  pair.run_for(1ms);
  EXPECT_EQ(topic, "weights");
}

TEST_F(NativeReceiverTest, WhatIsRepeatedIsDroppedAndAnsweredByTheNextWelcome) {
  greet().say_batch(1, numbered_batch(1, 3));
  pair.run_for(1ms);
  RawEnd& again = greet();
  EXPECT_EQ(again.heard<Welcome>()[0].handled, 3U);
  again.say_batch(2, numbered_batch(2, 4));
  pair.run_for(1ms);
  EXPECT_EQ(pair.handler.heard, (std::vector{1, 2, 3, 4, 5}));
  EXPECT_EQ(again.heard<Ack>().back().handled, 5U);
  EXPECT_EQ(metrics().repeated_total, 2U);
}

TEST_F(NativeReceiverTest, ASecondConnectionOfASessionEndsTheFirst) {
  RawEnd& first = greet();
  RawEnd& second = greet();
  expect_closed(first, ReceiverClose::superseded, Farewell::superseded);
  EXPECT_FALSE(second.ended());
  EXPECT_EQ(metrics().sessions, 1U);
}

TEST_F(NativeReceiverTest, TheWelcomeWaitsForWhatTheHandlerHasInHand) {
  pair.handler.takes = 10ms;
  greet().say_batch(1, numbered_batch(1, 2));
  pair.run_for(1ms);
  RawEnd& second = greet();
  EXPECT_TRUE(second.heard<Welcome>().empty());
  pair.run_for(20ms);
  ASSERT_EQ(second.heard<Welcome>().size(), 1U);
  EXPECT_EQ(second.heard<Welcome>()[0].handled, 1U);
  EXPECT_EQ(pair.handler.heard, std::vector{1});
}

TEST_F(NativeReceiverTest, RefusalsAreRepeatedUntilTheSenderHasThem) {
  pair.handler.answer = [](const Message& message) -> Answer {
    if (number_of(message) % 2 == 0) return {};
    return std::unexpected(Status::unknown("odd"));
  };
  greet().say_batch(1, numbered_batch(1, 5));
  pair.run_for(1ms);
  RawEnd& second = greet(7, 2);
  ASSERT_EQ(second.heard<Welcome>()[0].refused.size(), 2U);
  EXPECT_EQ(second.heard<Welcome>()[0].refused[0].number, 3U);
  EXPECT_EQ(second.heard<Welcome>()[0].refused[1].number, 5U);
  second.say_batch(6, numbered_batch(6, 1), 5);
  pair.run_for(1ms);
  EXPECT_TRUE(greet(7, 5).heard<Welcome>()[0].refused.empty());
}

TEST_F(NativeReceiverTest, AMessageThatCannotBeReadIsRefusedByNumberAndTheRestGoesOn) {
  RawEnd& end = greet();
  auto frame = RawEnd::batch(1, numbered_batch(1, 2));
  frame[frame.find("request")] = '\xff';  // not UTF-8
  end.say(frame);
  pair.run_for(1ms);
  EXPECT_EQ(pair.handler.heard, std::vector{2});
  ASSERT_EQ(end.heard<Ack>().size(), 1U);
  EXPECT_EQ(end.heard<Ack>()[0].handled, 2U);
  ASSERT_EQ(end.heard<Ack>()[0].refused.size(), 1U);
  EXPECT_EQ(end.heard<Ack>()[0].refused[0].number, 1U);
  EXPECT_EQ(end.heard<Ack>()[0].refused[0].error.code, StatusCode::invalid_argument);
}

TEST_F(NativeReceiverTest, AnotherVersionIsToldSo) {
  RawEnd& end = connect();
  end.say(write(Hello{.version = 4, .session = 7, .version_max = 4}));
  expect_closed(end, ReceiverClose::version, Farewell::version);
}

TEST_F(NativeReceiverTest, AFrameOverTheLimitClosesTheConnectionByItsLengthAlone) {
  RawEnd& bad = greet();
  RawEnd& good = greet(8);
  bad.say(std::string_view("\x7f\xff\xff\xff", 4));
  expect_closed(bad, ReceiverClose::too_large, Farewell::too_large);
  good.say_batch(1, numbered_batch(1, 1));
  pair.run_for(1ms);
  EXPECT_EQ(good.heard<Ack>().size(), 1U);
  EXPECT_LE(metrics().buffered_bytes_peak, 4096U);
}

TEST_F(NativeReceiverTest, NonsenseClosesTheConnection) {
  const std::string nonsense[] = {
      std::string("\x00\x00\x00\x03xyz", 7),      // not a frame
      RawEnd::batch(3, numbered_batch(3, 1)),     // a gap
      RawEnd::batch(1, numbered_batch(1, 1), 9),  // claims answers that were not given
      write(Hello{.session = 7}),                 // a second hello
      write(Ack{.handled = 1}),                   // a frame that only receivers send
  };
  for (const std::string& frame : nonsense) {
    RawEnd& end = greet();
    end.say(frame);
    pair.run_for(1ms);
    EXPECT_TRUE(end.ended());
    EXPECT_EQ(end.farewell(), Farewell::protocol);
  }
  EXPECT_EQ(metrics().closes_of(ReceiverClose::protocol), std::size(nonsense));
  EXPECT_TRUE(pair.handler.heard.empty());
  RawEnd& end = connect();
  end.say_batch(1, numbered_batch(1, 1));
  pair.run_for(1ms);
  EXPECT_EQ(end.farewell(), Farewell::protocol);
}

TEST_F(NativeReceiverTest, MoreThanTheWindowIsRefused) {
  pair.receiver_options.window_messages = 300;
  pair.restart();
  RawEnd& end = greet();
  end.say_batch(1, numbered_batch(1, 256));
  pair.run_for(1ms);
  EXPECT_FALSE(end.ended());
  end.say_batch(257, numbered_batch(257, 45));
  expect_closed(end, ReceiverClose::protocol, Farewell::protocol);
}

TEST_F(NativeReceiverTest, WhoDoesNotSayWhoItIsIsClosed) {
  RawEnd& end = connect();
  pair.run_for(pair.receiver_options.hello_timeout - 1ms);
  EXPECT_FALSE(end.ended());
  pair.run_for(1ms);
  expect_closed(end, ReceiverClose::no_hello, Farewell::protocol);
}

TEST_F(NativeReceiverTest, ASlowHandlerIsStoppedAndTheSenderToldSo) {
  pair.handler.takes = 1h;
  RawEnd& end = greet();
  end.say_batch(1, numbered_batch(1, 1));
  pair.run_for(pair.receiver_options.accept_timeout + 1ms);
  ASSERT_EQ(end.heard<Ack>().size(), 1U);
  EXPECT_EQ(end.heard<Ack>()[0].refused[0].error.code, StatusCode::deadline_exceeded);
  EXPECT_EQ(metrics().accepting, 0U);
}

TEST_F(NativeReceiverTest, MessagesThatAreAcceptedAtOnceKeepTheirPlacesAmongTheOthers) {
  std::vector<Message> batch;
  for (int i = 1; i <= 6; ++i) {  // the finished ones are handled by a task
    batch.push_back(*Message::token_result("r", std::vector{i}, i % 3 == 0));
  }
  RawEnd& end = greet();
  end.say_batch(1, batch);
  pair.run_for(1ms);
  EXPECT_EQ(pair.handler.heard, (std::vector{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(acknowledged(end), std::vector<std::uint64_t>{6});
  EXPECT_EQ(metrics().handled_total, 6U);
}

TEST_F(NativeReceiverTest, EachMessageIsAcknowledgedWhileAHandlerThatBlocksHandlesTheOthers) {
  each_message_blocks(200ms);
  RawEnd& end = greet();
  end.say_batch(1, numbered_batch(1, 3));
  pair.run_for(1s);
  EXPECT_EQ(acknowledged(end), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(metrics().interrupted_total, 3U);
}

TEST_F(NativeReceiverTest, EachMessageIsAcknowledgedWhileAHandlerThatWaitsHandlesTheOthers) {
  pair.handler.takes = 200ms;
  RawEnd& end = greet();
  end.say_batch(1, numbered_batch(1, 3));
  pair.run_for(1s);
  EXPECT_EQ(acknowledged(end), (std::vector<std::uint64_t>{1, 2, 3}));
  EXPECT_EQ(metrics().interrupted_total, 0U);
}

TEST_F(NativeReceiverTest, QuickMessagesAreAcknowledgedTogetherForUpToTheTimeOfATurn) {
  each_message_blocks(3ms);
  RawEnd& end = greet();
  end.say_batch(1, numbered_batch(1, 10));
  pair.run_for(1s);
  EXPECT_EQ(acknowledged(end), (std::vector<std::uint64_t>{4, 8, 10}));
}

TEST_F(NativeReceiverTest, AHandlerThatBlocksDoesNotLetOneConnectionKeepTheOthersWaiting) {
  each_message_blocks(200ms);
  RawEnd& first = greet(1);
  RawEnd& second = greet(2);
  first.say_batch(1, numbered_batch(1, 3));
  second.say_batch(1, numbered_batch(11, 3));
  pair.run_for(2s);
  ASSERT_EQ(pair.handler.heard.size(), 6U);
  for (const std::size_t at : {0U, 2U, 4U}) {
    EXPECT_NE(pair.handler.heard[at] < 10, pair.handler.heard[at + 1] < 10) << "one of each in turn, at " << at;
  }
}

TEST_F(NativeReceiverTest, ASenderThatGivesUpHasTheAnswersToWhatABlockingHandlerHandledBefore) {
  each_message_blocks(200ms);
  const std::size_t at = pair.deliver(numbered_batch(0, 75), 10s);
  pair.run_for(20s);
  EXPECT_EQ(pair.end(at).code(), "DEADLINE_EXCEEDED");
  EXPECT_GE(pair.end(at).batch.answered, 48U);
  EXPECT_EQ(pair.handler.heard.size(), 75U);
}

TEST_F(NativeReceiverTest, WhileTheHandlerIsBusyNothingMoreIsRead) {
  pair.receiver_options.read_buffer_bytes = 1000;
  pair.restart();
  pair.handler.takes = 1ms;
  RawEnd& end = greet();
  for (int i = 0; i < 100; ++i) end.say_batch(static_cast<std::uint64_t>(i + 1), std::vector{numbered(i)});
  pair.run_for(1s);
  EXPECT_EQ(pair.handler.heard.size(), 100U);
  EXPECT_LE(metrics().buffered_bytes_peak, 1000U);
}

TEST_F(NativeReceiverTest, TooManyConnectionsAndSessionsAreTurnedAway) {
  pair.receiver_options.connections_max = 2;
  pair.receiver_options.sessions_max = 1;
  pair.restart();
  greet(1);
  expect_closed(greet(2), ReceiverClose::overloaded, Farewell::overloaded);
  connect();
  RawEnd& third = connect();
  pair.run_for(1ms);
  EXPECT_EQ(third.farewell(), Farewell::overloaded);
  EXPECT_EQ(metrics().connections_peak, 3U);
}

TEST_F(NativeReceiverTest, LongFramesShareOneBoundOfBytes) {
  pair.receiver_options.read_buffer_bytes = 1000;
  pair.receiver_options.receiving_bytes_max = 100'000;
  pair.restart();
  RawEnd& first = greet(1);
  RawEnd& second = greet(2);
  const std::string frame = RawEnd::batch(1, std::vector{large(90'000)});
  first.say(frame.substr(0, 50'000));
  pair.run_for(1ms);
  EXPECT_FALSE(first.ended());
  EXPECT_LE(metrics().receiving_bytes, 100'000U);
  second.say(frame);
  expect_closed(second, ReceiverClose::overloaded, Farewell::overloaded);
  first.say(frame.substr(50'000));
  pair.run_for(1ms);
  EXPECT_EQ(first.heard<Ack>().size(), 1U);
  EXPECT_LE(metrics().receiving_bytes, 100'000U);
}

TEST_F(NativeReceiverTest, TheSessionWithoutAConnectionForTheLongestIsForgotten) {
  pair.receiver_options.sessions_max = 2;
  pair.restart();
  const auto incarnation = [&](std::uint64_t session) {
    RawEnd& end = greet(session);
    const std::uint64_t incarnation = end.heard<Welcome>().at(0).incarnation;
    end.hang_up();
    pair.run_for(1ms);
    return incarnation;
  };
  const std::uint64_t first = incarnation(1);
  const std::uint64_t second = incarnation(2);
  EXPECT_EQ(incarnation(1), first);
  incarnation(3);
  EXPECT_EQ(metrics().forgotten_total, 1U);
  EXPECT_EQ(incarnation(1), first);
  EXPECT_NE(incarnation(2), second);
}

TEST_F(NativeReceiverTest, DrainingAnswersWhatIsInHandAndSaysGoodbye) {
  pair.handler.takes = 10ms;
  RawEnd& busy = greet(1);
  RawEnd& idle = greet(2);
  busy.say_batch(1, numbered_batch(1, 3));
  pair.run_for(1ms);
  std::optional<std::size_t> abandoned;
  pair.scope.spawn(pair.receiver->drain(Deadline::after(pair.loop.now(), 1s)),
                   [&](const OutcomeOf<std::size_t>& outcome) noexcept { abandoned = outcome.value(); });
  pair.run_for(1ms);
  EXPECT_EQ(idle.farewell(), Farewell::shutting_down);
  EXPECT_FALSE(busy.ended());
  pair.run_for(20ms);
  EXPECT_EQ(abandoned, 0U);
  EXPECT_EQ(busy.heard<Ack>().at(0).handled, 1U);
  EXPECT_EQ(busy.farewell(), Farewell::shutting_down);
  EXPECT_EQ(pair.handler.heard, std::vector{1});
  EXPECT_EQ(connect().heard<Goodbye>().size(), 0U);
  pair.run_for(1ms);
  EXPECT_EQ(ends.back()->farewell(), Farewell::shutting_down);
}

TEST_F(NativeReceiverTest, DrainingAbandonsWhatDoesNotEnd) {
  pair.handler.takes = 1h;
  greet().say_batch(1, numbered_batch(1, 1));
  pair.run_for(1ms);
  std::optional<std::size_t> abandoned;
  pair.scope.spawn(pair.receiver->drain(Deadline::after(pair.loop.now(), 5ms)),
                   [&](const OutcomeOf<std::size_t>& outcome) noexcept { abandoned = outcome.value(); });
  pair.run_for(6ms);
  EXPECT_EQ(abandoned, 1U);
  EXPECT_TRUE(ends[0]->ended());
  EXPECT_EQ(ends[0]->farewell(), Farewell::unspecified);
}

}  // namespace
}  // namespace exocast
