// SPDX-License-Identifier: Apache-2.0
// A native link against faults of its peer and its connection: restarts, silence, garbage.
#include "link/native/native_link.h"
#include "testing/link/native_session_fixture.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)
using native::Ack;
using native::Batch;
using native::Goodbye;
using native::Hello;
using native::Welcome;

TEST_F(NativeSessionTest, SaysHelloFirstAndSendsAfterTheWelcome) {
  pair.deliver(numbered_batch(1, 3));
  pair.run_for(1ms);
  ASSERT_EQ(peer().heard<Hello>().size(), 1U);
  EXPECT_EQ(peer().heard<Hello>()[0].node_id, "sender");
  EXPECT_NE(peer().heard<Hello>()[0].session, 0U);
  EXPECT_TRUE(peer().heard<Batch>().empty());
  welcome();
  ASSERT_EQ(peer().heard<Batch>().size(), 1U);
  EXPECT_EQ(peer().heard<Batch>()[0].first, 1U);
  EXPECT_EQ(peer().heard<Batch>()[0].messages, 3U);
}

TEST_F(NativeSessionTest, DataToAPeerOfVersion1IsRefusedAndTheRestIsDelivered) {
  const auto batch = pair.deliver({numbered(1), *Message::data("t", std::string(5000, 'x')), numbered(2)});
  pair.run_for(1ms);
  welcome(0, 5, 1);
  auto heard = peer().heard<Batch>();
  ASSERT_EQ(heard.size(), 1U);
  EXPECT_EQ(heard[0].messages, 3U) << "its number has no gap";
  EXPECT_LT(pair.link->metrics().bytes_out, 1000U) << "data is not sent";
  peer().say(write(Ack{.handled = 3, .refused = {{.number = 2, .error = Status::invalid_argument("no JSON")}}}));
  pair.run_for(1ms);
  const BatchEnd& end = pair.end(batch).batch;
  EXPECT_EQ(end.answered, 3U);
  ASSERT_EQ(end.refused.size(), 1U);
  EXPECT_EQ(end.refused[0].index, 1U);
  EXPECT_EQ(end.refused[0].error.code, StatusCode::unimplemented);
  EXPECT_EQ(end.refused[0].error.text,
            "not sent: the peer speaks version 1 of the protocol, and data needs version 2: update its exocast");
}

TEST_F(NativeSessionTest, TheVersionIsThatOfTheConnection) {
  pair.deliver({numbered(1)});
  pair.run_for(1ms);
  EXPECT_EQ(peer().heard<Hello>()[0].version, 1U);
  EXPECT_EQ(peer().heard<Hello>()[0].version_max, 3U);
  welcome(0, 5, 1);
  peer().say(write(Ack{.handled = 1}));
  pair.run_for(1ms);
  pair.link->disconnect();
  const auto data = pair.deliver({*Message::data("t", "x")});
  pair.run_for(200ms);
  welcome(0, 6);  // an update
  peer().say(write(Ack{.handled = 1}));
  pair.run_for(1ms);
  EXPECT_TRUE(pair.end(data).delivered(1));
}

TEST_F(NativeSessionTest, AVersionThatNobodyAskedForEndsTheConnection) {
  for (const std::uint32_t version : {0U, 4U}) {
    pair.deliver({numbered(1)});
    pair.run_for(1ms);
    welcome(0, 5, version);
    EXPECT_FALSE(pair.link->connected());
    pair.run_for(1s);
  }
  EXPECT_EQ(broken_by(LinkBreak::protocol), 2U);
}

TEST_F(NativeSessionTest, RefusalsThatAreNotInOrderEndTheConnection) {
  const auto first = open(2);
  const auto second = pair.deliver(numbered_batch(3, 2));
  pair.run_for(1ms);
  peer().say(write(
      Ack{.handled = 4,
          .refused = {{.number = 4, .error = Status::unknown("")}, {.number = 1, .error = Status::unknown("")}}}));
  pair.run_for(1ms);
  EXPECT_EQ(broken_by(LinkBreak::protocol), 1U);
  EXPECT_FALSE(pair.end(first).done);
  EXPECT_FALSE(pair.end(second).done);
}

TEST_F(NativeSessionTest, PartialAndRepeatedAnswersAddUp) {
  const auto batch = open(4);
  for (const std::uint64_t handled : {1UL, 3UL, 3UL, 2UL}) peer().say(write(Ack{.handled = handled}));
  pair.run_for(1ms);
  EXPECT_FALSE(pair.end(batch).done);
  peer().say(write(Ack{.handled = 4, .refused = {{.number = 4, .error = Status::unknown("no")}}}));
  peer().say(write(Ack{.handled = 4}));
  pair.run_for(1ms);
  EXPECT_EQ(pair.end(batch).batch.answered, 4U);
  ASSERT_EQ(pair.end(batch).batch.refused.size(), 1U);
  EXPECT_EQ(pair.end(batch).batch.refused[0].index, 3U);
  EXPECT_TRUE(pair.link->connected());
}

TEST_F(NativeSessionTest, AnAnswerForWhatWasNotSentEndsTheConnection) {
  const auto batch = open(4);
  peer().say(write(Ack{.handled = 5}));
  pair.run_for(1ms);
  EXPECT_EQ(broken_by(LinkBreak::protocol), 1U);
  EXPECT_FALSE(pair.end(batch).done);
  pair.run_for(200ms);
  welcome(4);
  EXPECT_TRUE(pair.end(batch).delivered(4));
}

TEST_F(NativeSessionTest, ARefusalOfWhatIsNotAnsweredEndsTheConnection) {
  open(4);
  peer().say(write(Ack{.handled = 1, .refused = {{.number = 2, .error = Status::unknown("")}}}));
  pair.run_for(1ms);
  EXPECT_EQ(broken_by(LinkBreak::protocol), 1U);
}

TEST_F(NativeSessionTest, NonsenseEndsTheConnection) {
  const std::string nonsense[] = {"\x7f\x7f\x7f\x7f",
                                  std::string("\x00\x00\x00\x03xyz", 7),
                                  RawEnd::batch(1, numbered_batch(1, 1)),
                                  write(Hello{.session = 1}),
                                  native::write(LogNews{.log = 1}),
                                  write(Welcome{.incarnation = 1, .message_bytes_max = 1, .window_messages = 256})};
  open(1);
  std::size_t broken = 0;
  for (const std::string& frame : nonsense) {
    peer().say(frame);
    pair.run_for(1ms);
    EXPECT_EQ(broken_by(LinkBreak::protocol), ++broken);
    pair.run_for(200ms);
    welcome();
    pair.deliver(numbered_batch(1, 1));
  }
}

TEST_F(NativeSessionTest, ARestartedPeerMakesTheRestSendableAgainWithANote) {
  const auto batch = open(4);
  peer().say(write(Ack{.handled = 1}));
  pair.run_for(1ms);
  peer().hang_up();
  pair.run_for(200ms);
  welcome(0, 6);
  const BatchEnd& end = pair.end(batch).batch;
  EXPECT_EQ(pair.end(batch).code(), "UNAVAILABLE");
  EXPECT_EQ(end.answered, 1U);
  EXPECT_TRUE(end.resendable);
  EXPECT_NE(end.note, "");
  EXPECT_EQ(pair.link->metrics().restarts_total, 1U);
  pair.deliver(numbered_batch(2, 3));
  pair.run_for(1ms);
  EXPECT_EQ(peer().heard<Batch>().at(0).first, 1U);
}

TEST_F(NativeSessionTest, WithoutAPeerPatienceEndsAndSaysWhatMayBeSentAgain) {
  const auto written = open(4);
  pair.wires.back()->stall(SimWire::second);
  peer().hang_up();
  pair.connect = [] -> std::expected<std::unique_ptr<ByteStream>, Status> {
    return std::unexpected(Status::unavailable("gone"));
  };
  pair.run_for(1ms);
  const auto unwritten = pair.deliver(numbered_batch(5, 1));
  pair.run_for(pair.options.reconnect_patience + 1ms);
  EXPECT_EQ(pair.end(written).code(), "UNAVAILABLE");
  EXPECT_FALSE(pair.end(written).batch.resendable);
  EXPECT_EQ(pair.end(unwritten).code(), "UNAVAILABLE");
  EXPECT_TRUE(pair.end(unwritten).batch.resendable);
  EXPECT_EQ(pair.end(unwritten).batch.broken->text, "gone");
}

TEST_F(NativeSessionTest, ADeadlineEndsTheWaitForASilentPeer) {
  const auto sent = pair.deliver(numbered_batch(1, 2), 50ms);
  pair.run_for(1ms);
  welcome();
  peer().say(write(Ack{.handled = 1}));
  pair.run_for(100ms);
  EXPECT_EQ(pair.end(sent).code(), "DEADLINE_EXCEEDED");
  EXPECT_EQ(pair.end(sent).after, 50ms);
  EXPECT_EQ(pair.end(sent).batch.answered, 1U);
  EXPECT_FALSE(pair.end(sent).batch.resendable);
  EXPECT_TRUE(pair.link->connected());
  EXPECT_EQ(pair.link->metrics().unacked_messages, 2U);
  peer().say(write(Ack{.handled = 2}));
  pair.run_for(1ms);
  EXPECT_EQ(pair.link->metrics().unacked_messages, 0U);
}

TEST_F(NativeSessionTest, AStoppedBatchKeepsItsNumbers) {
  open(4);
  pair.scope.request_stop();
  pair.run_for(1ms);
  EXPECT_TRUE(pair.end(0).stopped);
  EXPECT_EQ(pair.link->metrics().unacked_messages, 4U);
  peer().say(write(Ack{.handled = 4, .refused = {{.number = 2, .error = Status::unknown("")}}}));
  pair.run_for(1ms);
  EXPECT_EQ(pair.link->metrics().unacked_messages, 0U);
  EXPECT_TRUE(pair.link->connected());
}

TEST_F(NativeSessionTest, AShutDownPeerLeavesTheRestSendableAgain) {
  const auto batch = open(4);
  peer().say(write(Ack{.handled = 3}) + write(Goodbye{.reason = native::Farewell::shutting_down}));
  pair.run_for(1ms);
  EXPECT_EQ(pair.end(batch).batch.answered, 3U);
  EXPECT_TRUE(pair.end(batch).batch.resendable);
  EXPECT_EQ(pair.end(batch).batch.broken->text, "the peer is shutting down");
  EXPECT_EQ(broken_by(LinkBreak::goodbye), 1U);
}

TEST_F(NativeSessionTest, SomebodyElseAndAnotherVersionAreRefused) {
  pair.options.peer_id = "n1";
  pair.make_link();
  const auto wrong = open(1);
  EXPECT_EQ(broken_by(LinkBreak::wrong_peer), 1U);
  EXPECT_EQ(pair.end(wrong).code(), "UNAVAILABLE");
  pair.run_for(1s);
  const auto version = pair.deliver(numbered_batch(1, 1));
  pair.run_for(1ms);
  peer().say(write(Goodbye{.reason = native::Farewell::version, .text = "2 is spoken here"}));
  pair.run_for(1ms);
  EXPECT_EQ(pair.end(version).code(), "UNIMPLEMENTED");
}

TEST_F(NativeSessionTest, APeerThatDoesNotAnswerTheGreetingIsLeft) {
  const auto batch = pair.deliver(numbered_batch(1, 1), 1h);
  pair.run_for(pair.options.welcome_timeout + 1ms);
  EXPECT_EQ(broken_by(LinkBreak::no_welcome), 1U);
  EXPECT_EQ(pair.end(batch).code(), "UNAVAILABLE");
}

TEST_F(NativeSessionTest, ThePeersLimitHoldsOnceItIsKnown) {
  open(1);
  EXPECT_EQ(pair.link->message_bytes_max(), 1U << 20U);
  peer().say(write(Ack{.handled = 1}));
  const auto batch = pair.deliver({large(2 << 20)});
  pair.run_for(1ms);
  welcome();
  EXPECT_EQ(pair.end(batch).code(), "RESOURCE_EXHAUSTED");
}

TEST_F(NativeSessionTest, MoreThanMayWaitIsRefused) {
  pair.options.waiting_max = 2;
  pair.make_link();
  for (int i = 0; i < 3; ++i) pair.deliver(numbered_batch(i, 1));
  pair.run_for(1ms);
  EXPECT_FALSE(pair.end(1).done);
  EXPECT_EQ(pair.end(2).code(), "RESOURCE_EXHAUSTED");
}

TEST_F(NativeSessionTest, ABatchOverTheTraitsIsRefused) {
  const auto batch = pair.deliver(numbered_batch(1, 257));
  pair.run_for(1ms);
  EXPECT_EQ(pair.end(batch).code(), "INVALID_ARGUMENT");
}

}  // namespace
}  // namespace exocast
