// SPDX-License-Identifier: Apache-2.0
// Questions over gRPC: questions and answers, refusals, and late ends.
#include "message/proto/questions.pb.h"
#include "testing/link/exo_fixture.h"

namespace exocast::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::string ask_path = "/exocast.wire.NodeQuestions/Ask";

std::string request(const std::string& name, const std::string& argument) {
  wire::AskRequest request;
  request.set_name(name);
  request.set_argument(argument);
  return request.SerializeAsString();
}

TEST(ExoQuestions, AreAnsweredByTheNodesHandler) {
  TestNode node;
  EXPECT_EQ(node.ask("models"), "models()");
  EXPECT_EQ(node.ask("models", "of p\xc3\xa9ter"), "models(of p\xc3\xa9ter)");
  EXPECT_EQ(node.ask("models", std::string(Question::argument_bytes_max, 'x')).size(),
            Question::argument_bytes_max + std::string("models()").size());
}

TEST(ExoQuestions, WhatTheHandlerRefusesComesBackAsItSaidIt) {
  TestNode node;
  EXPECT_EQ(node.ask("unknown"), "NOT_FOUND: no such question");
}

TEST(ExoQuestions, AHandlerThatThrowsIsAnInternalError) {
  TestNode node;
  EXPECT_EQ(node.ask("throw"), "INTERNAL: this node failed to handle the question");
  EXPECT_EQ(node.ask("then"), "then()");
}

TEST(ExoQuestions, ANodeThatKnowsNoQuestionsIsAskedForItsHealthAsExoDoes) {
  TestNode node;
  node.handler.knows_no_questions = true;
  EXPECT_EQ(node.ask("health"), R"({"healthy":true})");
  node.handler.is_healthy = false;
  EXPECT_EQ(node.ask("health"), R"({"healthy":false})");
  EXPECT_EQ(node.ask("stats"), "UNIMPLEMENTED: does not answer questions: it speaks exo's protocol only");
}

TEST(ExoQuestions, AnAnswerOverTheLimitIsRefusedWithBothSizesAndTheLargestIsNot) {
  TestNode node;
  EXPECT_EQ(node.ask("large"), "RESOURCE_EXHAUSTED: the answer has 1048577 bytes, 1048576 at most");
  EXPECT_EQ(node.ask("largest").size(), Question::answer_bytes_max);
}

TEST(ExoQuestions, AnAnswerThatIsNotUtf8IsRepaired) {
  TestNode node;
  EXPECT_EQ(node.ask("bytes"), "\xef\xbf\xbd");
}

TEST(ExoQuestions, ARequestThatIsNoQuestionIsAnInvalidArgument) {
  const TestNode node;
  const auto status_of = [&](const std::string& bytes) { return raw_call(node.server->address(), ask_path, bytes); };
  EXPECT_EQ(status_of("\xff\xff\xff not protobuf").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status_of(request("No Such", "")).error_message(), HasSubstr("'No Such' is no question"));
  EXPECT_EQ(status_of(request("", "")).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(ExoQuestions, ARequestOverTheLimitIsRefusedWithoutReadingIt) {
  const TestNode node;
  const std::string large = request("models", std::string(Question::argument_bytes_max + 100, 'x'));
  EXPECT_EQ(raw_call(node.server->address(), ask_path, large).error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST(ExoQuestions, AHandlerIsStoppedAtTheAskersDeadline) {
  TestNode node;
  EXPECT_THAT(node.ask("hang", "", 200ms), StartsWith("DEADLINE_EXCEEDED: "));
  EXPECT_TRUE(eventually(node.loop, [&] { return node.handler.stopped == 1 && node.server->calls() == 0; }));
}

TEST(ExoQuestions, AHandlerIsStoppedThatTakesTooLong) {
  TestNode node({.accept_timeout = 50ms});
  EXPECT_EQ(node.ask("hang"), "DEADLINE_EXCEEDED: this node did not answer in time");
}

TEST(ExoQuestions, NoMoreAreAnsweredAtATimeThanMayAndMessagesDoNotWaitBehindThem) {
  TestNode node({.answering_max = 3});
  Background background(node);
  background.ask("hang", 20);
  ASSERT_TRUE(eventually(node.loop, [&] { return node.server->calls() == 3; }));
  EXPECT_EQ(node.deliver(tokens("beside")), "ok");
  EXPECT_TRUE(eventually(node.loop, [&] { return node.server->calls() == 3; })) << "once the message's call is over";
}

TEST(ExoQuestions, AServerThatStopsEndsWhatIsBeingAnswered) {
  TestNode node;
  Background background(node);
  background.ask("hang");
  ASSERT_TRUE(eventually(node.loop, [&] { return node.server->calls() == 1; }));
  node.server.reset();
  ASSERT_TRUE(eventually(node.loop, [&] { return background.live() == 0; }));
  EXPECT_EQ(background.errors, std::vector<std::string>{"UNAVAILABLE"});
}

TEST(ExoQuestions, AnAskerThatStopsEndsTheCall) {
  TestNode node;
  Background background(node);
  background.ask("hang");
  ASSERT_TRUE(eventually(node.loop, [&] { return node.server->calls() == 1; }));
  background.request_stop();
  EXPECT_TRUE(eventually(node.loop, [&] { return background.live() == 0 && node.client->calls() == 0; }));
}

}  // namespace
}  // namespace exocast::testing
