// SPDX-License-Identifier: Apache-2.0
// The server against foreign callers: unsupported methods, malformed bytes, limits, ports.
#include "message/proto/node_service.pb.h"
#include "testing/link/exo_fixture.h"

namespace exocast::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string path(const std::string& method) { return "/node_service.NodeService/" + method; }

TEST(ExoServer, DoesNotRunModels) {
  const TestNode node;
  node_service::PromptRequest prompt;
  prompt.set_prompt("hello");
  for (const auto* method : {"SendPrompt", "SendTensor", "SendExample"}) {
    const grpc::Status status = raw_call(node.server->address(), path(method), prompt.SerializeAsString());
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << method;
    EXPECT_EQ(status.error_message(), "this node does not run models") << method;
  }
}

TEST(ExoServer, RefusesATensorWithoutReadingIt) {
  const TestNode node({.message_bytes_max = 1000});
  const grpc::Status status = raw_call(node.server->address(), path("SendTensor"), std::string(16 << 20, 'x'));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED) << "and not RESOURCE_EXHAUSTED";
}

TEST(ExoServer, NamesAMethodThatDoesNotExist) {
  const TestNode node;
  const grpc::Status status = raw_call(node.server->address(), path("SendLove"), "");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
  EXPECT_EQ(status.error_message(), "there is no method /node_service.NodeService/SendLove");
}

TEST(ExoServer, BytesThatAreNoRequestAreAnInvalidArgument) {
  TestNode node;
  for (const auto* method : {"SendResult", "SendOpaqueStatus", "HealthCheck", "CollectTopology"}) {
    const grpc::Status status = raw_call(node.server->address(), path(method), "\xff\xff\xff not protobuf");
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << method;
  }
  EXPECT_TRUE(node.handler.accepted.empty());
  EXPECT_EQ(node.deliver(tokens("after")), "ok");
}

TEST(ExoServer, AStatusThatIsNotJsonIsAnInvalidArgument) {
  const TestNode node;
  node_service::SendOpaqueStatusRequest request;
  request.set_status("{not json");
  const grpc::Status status = raw_call(node.server->address(), path("SendOpaqueStatus"), request.SerializeAsString());
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("JSON"));
}

TEST(ExoServer, TextThatIsNotUtf8IsAnInvalidArgument) {
  const TestNode node;
  const grpc::Status status = raw_call(node.server->address(), path("SendResult"), "\x0a\x01\xff");
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(ExoServer, UnknownFieldsAreIgnored) {
  TestNode node;
  const std::string unknown_field_100 = "\xa2\x06\x03new";
  EXPECT_TRUE(
      raw_call(node.server->address(), path("SendResult"), std::string(tokens("r").encoded()) + unknown_field_100)
          .ok());
  EXPECT_EQ(node.handler.accepted.size(), 1U);
}

TEST(ExoServer, SaysWhichPortWasChosen) {
  const TestNode node;
  EXPECT_GT(node.server->address().port, 0);
  EXPECT_EQ(node.server->address().host, "127.0.0.1");
}

TEST(ExoServer, APortInUseIsAnErrorThatNamesTheAddress) {
  TestNode node;
  const auto second = ExoServer::start(node.loop, node.server->address(), node.handler);
  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error(), "cannot listen on " + to_string(node.server->address()) + ": Address already in use");
}

TEST(ExoServer, AnAddressThatIsNotOursIsAnError) {
  AsioLoop loop;
  ScriptedHandler handler;
  const auto foreign = ExoServer::start(loop, {.host = "192.0.2.1", .port = 0}, handler);
  ASSERT_FALSE(foreign.has_value());
  EXPECT_EQ(foreign.error(), "cannot listen on 192.0.2.1:0: Cannot assign requested address");
  const auto nowhere = ExoServer::start(loop, {.host = "no-such-host.invalid", .port = 0}, handler);
  ASSERT_FALSE(nowhere.has_value());
  EXPECT_THAT(nowhere.error(), StartsWith("cannot listen on no-such-host.invalid:0: Host not found"));
}

TEST(ExoServer, ListensOnIpv6) {
  AsioLoop loop;
  ScriptedHandler handler;
  const auto server = ExoServer::start(loop, {.host = "::1", .port = 0}, handler);
  if (!server) GTEST_SKIP() << "no IPv6 here: " << server.error();
  ExoClient client(loop);
  const auto link = client.link((*server)->address());
  EXPECT_TRUE(loop.run(link->deliver(tokens("x"), in(5s))).ok());
}

TEST(ExoServer, AcceptsNoMoreAtATimeThanItMay) {
  TestNode node({.accepting_max = 5});
  Background background(node);
  background.deliver(tokens("hang"), 50);
  ASSERT_TRUE(eventually(node.loop, [&] { return node.server->calls() == 5; }));
  EXPECT_TRUE(node.run(node.link->health(in(5s)))->healthy) << "health does not wait behind messages";
  EXPECT_TRUE(eventually(node.loop, [&] { return node.server->calls() == 5; })) << "once health's call is over";
}

TEST(ExoServer, RefusesBytesAboveWhatItMayHold) {
  TestNode node({.accepting_bytes_max = 10'000});
  Background background(node);
  const Message four_thousand = tokens("hang", std::vector<std::int32_t>(4000, 1));
  background.deliver(four_thousand, 2);
  ASSERT_TRUE(eventually(node.loop, [&] { return node.server->calls() == 2; }));
  EXPECT_THAT(node.deliver(four_thousand), StartsWith("RESOURCE_EXHAUSTED: this node has all the messages"));
  EXPECT_EQ(node.deliver(tokens("small")), "ok");
}

TEST(ExoServer, ASingleMessageAlwaysFits) {
  TestNode node({.accepting_bytes_max = 10});
  EXPECT_EQ(node.deliver(status('"' + std::string(1000, 'x') + '"')), "ok");
}

TEST(ExoServer, StopsAHandlerAtTheSendersDeadline) {
  TestNode node;
  EXPECT_THAT(node.deliver(tokens("hang"), 200ms), StartsWith("DEADLINE_EXCEEDED: "));
  EXPECT_TRUE(eventually(node.loop, [&] { return node.handler.stopped == 1 && node.server->calls() == 0; }));
}

TEST(ExoServer, StopsAHandlerThatTakesTooLong) {
  TestNode node({.accept_timeout = 50ms});
  EXPECT_EQ(node.deliver(tokens("hang")), "DEADLINE_EXCEEDED: this node did not accept the message in time");
  EXPECT_EQ(node.handler.stopped, 1U);
}

}  // namespace
}  // namespace exocast::testing
