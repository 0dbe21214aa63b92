// SPDX-License-Identifier: Apache-2.0
// Client and server against each other on loopback: every method, sizes, compression, many calls at the same time.
#include "message/proto/node_service.pb.h"
#include "testing/link/exo_fixture.h"

namespace exocast::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::StartsWith;

TEST(ExoLink, DeliversTokensToTheHandler) {
  TestNode node;
  EXPECT_EQ(node.deliver(tokens("request-1", {7, -8, 9}, true)), "ok");
  ASSERT_EQ(node.handler.accepted.size(), 1U);
  const Message& message = node.handler.accepted.front();
  EXPECT_EQ(message.request_id(), "request-1");
  EXPECT_THAT(message.tokens(), ElementsAre(7, -8, 9));
  EXPECT_TRUE(message.finished());
}

TEST(ExoLink, DeliversAStatusByteForByte) {
  TestNode node;
  const std::string json = R"({ "type" : "node_status", "node_id":"n1" })";
  EXPECT_EQ(node.deliver(status(json)), "ok");
  ASSERT_EQ(node.handler.accepted.size(), 1U);
  EXPECT_EQ(node.handler.accepted.front().status(), json);
}

TEST(ExoLink, DeliversAMessageOfNoBytesAtAll) {
  TestNode node;
  const Message nothing = tokens("", {});
  ASSERT_EQ(nothing.bytes(), 0U);
  EXPECT_EQ(node.deliver(nothing), "ok");
  EXPECT_EQ(node.handler.accepted.size(), 1U);
}

TEST(ExoLink, SaysWhatItIs) {
  TestNode node;
  EXPECT_EQ(node.link->kind(), "exo");
  EXPECT_EQ(node.link->message_bytes_max(), std::size_t{256} << 20);
}

TEST(ExoLink, AsksForHealth) {
  TestNode node;
  EXPECT_TRUE(node.run(node.link->health(in(5s)))->healthy);
  node.handler.is_healthy = false;
  EXPECT_FALSE(node.run(node.link->health(in(5s)))->healthy);
}

TEST(ExoLink, CollectsTheTopology) {
  TestNode node;
  node.handler.known.nodes["n1"] = {.model = "m", .chip = "c", .memory_mb = 24105, .flops = {1.5, 3, 6}};
  node.handler.known.connections["n1"] = {{"n2", "eth0"}, {"n3", std::nullopt}};
  const auto outcome = node.run(node.link->collect_topology(in(5s)));
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(*outcome, node.handler.known);
}

TEST(ExoLink, PassesOnWhyTheHandlerRefused) {
  TestNode node;
  EXPECT_EQ(node.deliver(tokens("refuse")), "RESOURCE_EXHAUSTED: the inbox is full");
  EXPECT_TRUE(node.handler.accepted.empty());
}

TEST(ExoLink, ABugInTheHandlerIsAnInternalError) {
  TestNode node;
  EXPECT_THAT(node.deliver(tokens("throw")), StartsWith("INTERNAL: "));
}

TEST(ExoLink, WaitsForAHandlerThatTakesItsTime) {
  TestNode node;
  const TimePoint before = Clock::now();
  EXPECT_EQ(node.deliver(tokens("slow")), "ok");
  EXPECT_GE(Clock::now() - before, 50ms);
}

TEST(ExoLink, CarriesEightMebibytesEitherWayOfEncoding) {
  const std::string json = '"' + std::string(8 << 20, 'x') + '"';
  for (const bool gzip : {false, true}) {
    TestNode node({}, {.gzip = gzip});
    EXPECT_EQ(node.deliver(status(json)), "ok");
    ASSERT_EQ(node.handler.accepted.size(), 1U);
    EXPECT_EQ(node.handler.accepted.front().status(), json);
  }
}

TEST(ExoLink, SendsTheBytesOfALargeMessageWithoutCopyingThemForEachReceiver) {
  TestNode node;
  const Message large = status('"' + std::string(1 << 20, 'x') + '"');
  const long owners = large.owner().use_count();
  EXPECT_EQ(node.deliver(large), "ok");
  node.handler.accepted.clear();
  EXPECT_TRUE(eventually(node.loop, [&] { return large.owner().use_count() == owners; })) << "gRPC lets go of it";
}

TEST(ExoLink, ACompressedChannelCarriesEveryMethod) {
  TestNode node({}, {.gzip = true});
  node.handler.known.nodes["n1"] = {.model = std::string(1000, 'm'), .chip = "", .memory_mb = 1, .flops = {}};
  EXPECT_EQ(node.deliver(tokens("request-1", std::vector<std::int32_t>(1000, 5))), "ok");
  EXPECT_EQ(node.deliver(status(R"({"type":"x"})")), "ok");
  EXPECT_TRUE(node.run(node.link->health(in(5s)))->healthy);
  EXPECT_EQ(*node.run(node.link->collect_topology(in(5s))), node.handler.known);
}

TEST(ExoLink, ReadsNoTopologyThatIsTooLarge) {
  TestNode node({}, {.topology_bytes_max = 1000});
  node.handler.known.nodes["n1"] = {.model = std::string(900, 'm'), .chip = "", .memory_mb = 1, .flops = {}};
  EXPECT_EQ(*node.run(node.link->collect_topology(in(5s))), node.handler.known);
  node.handler.known.nodes["n1"].chip = std::string(100, 'c');
  const auto outcome = node.run(node.link->collect_topology(in(5s)));
  ASSERT_NE(outcome.error(), nullptr);
  EXPECT_EQ(outcome.error()->code, StatusCode::resource_exhausted);
}

/// A message of exactly `bytes` bytes, with little JSON to check.
Message tensor(std::size_t bytes) {
  node_service::SendResultRequest request;
  const std::size_t frame = 2 * (1 + 4);  // the tags of two fields, and their lengths of four bytes each
  request.mutable_tensor()->set_tensor_data(std::string(bytes - frame, 'x'));
  return *Message::from_request(std::move(request));
}

TEST(ExoLinkLong, TakesTheLimitItselfAndRefusesMore) {
  TestNode node;
  const std::size_t limit = node.link->message_bytes_max();
  const Message most = tensor(limit);
  ASSERT_EQ(most.bytes(), limit);
  EXPECT_EQ(node.deliver(most, 60s), "ok");
  EXPECT_THAT(node.deliver(tensor(limit + 1), 60s), StartsWith("RESOURCE_EXHAUSTED: "));
  EXPECT_EQ(node.handler.accepted.size(), 1U);
}

TEST(ExoLink, TheServersLimitHoldsWhateverTheClientThinks) {
  TestNode node({.message_bytes_max = 1000});
  EXPECT_THAT(node.deliver(status('"' + std::string(1000, 'x') + '"')), StartsWith("RESOURCE_EXHAUSTED: "));
  EXPECT_EQ(node.deliver(tokens("small")), "ok");
}

task<std::size_t> deliver_many(ExoLink& link, std::size_t count, Deadline deadline) {
  const auto gathered = co_await gather(
      std::views::iota(std::size_t{0}, count),
      [&](std::size_t i) { return link.deliver(tokens("request", {static_cast<std::int32_t>(i)}), deadline); },
      {.limit = Limit::none()});
  co_return gathered.count(Reason::ok);
}

TEST(ExoLink, AThousandAtOnceAllArrive) {
  TestNode node;
  EXPECT_EQ(*node.run(deliver_many(*node.link, 1000, in(20s))), 1000U);
  std::vector<bool> seen(1000);
  for (const Message& message : node.handler.accepted) seen.at(message.tokens()[0]) = true;
  EXPECT_EQ(node.handler.accepted.size(), 1000U);
  EXPECT_EQ(std::ranges::count(seen, true), 1000);
  EXPECT_EQ(node.client->calls(), 0U);
}

TEST(ExoLink, TwoLinksToOneNodeAreTwoConnections) {
  TestNode node;
  const auto other = node.client->link(node.server->address());
  EXPECT_EQ(node.deliver(tokens("1")), "ok");
  EXPECT_EQ(node.deliver(*other, tokens("2")), "ok");
  EXPECT_EQ(node.handler.accepted.size(), 2U);
}

}  // namespace
}  // namespace exocast::testing
