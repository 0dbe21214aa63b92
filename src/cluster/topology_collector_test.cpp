// SPDX-License-Identifier: Apache-2.0
#include "cluster/topology_collector.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "testing/cluster/topology_fixture.h"
#include "testing/for_each_seed.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

Topology known_of_self(const std::vector<std::string>& neighbours = {}) {
  Topology known;
  known.nodes["self"] = with_memory(2048);
  for (const std::string& to : neighbours) known.connections["self"].push_back({to, "LAN"});
  return known;
}

CollectedTopology collect(SimLoop& loop, Topology known, std::vector<TopologyPeer> peers,
                          TopologyOptions options = {}) {
  auto collected = loop.run(collect_topology(loop, "self", std::move(known), std::move(peers), std::move(options)));
  EXPECT_TRUE(collected.ok());
  return std::move(collected).value();
}

std::vector<std::string> to_ids(const CollectedTopology& collected, const std::string& from) {
  std::vector<std::string> ids;
  for (const PeerConnection& edge : collected.topology.connections.at(from)) ids.push_back(edge.to_id);
  return ids;
}

TEST(TopologyCollector, PutsTogetherWhatEveryoneTellsOfItself) {
  SimLoop loop(1);
  Network network;
  network.add("n1", {"n2", "self"}, 100);
  network.add("n2", {"n1"}, 200);
  const auto collected = collect(loop, known_of_self({"n1", "n2"}), network.peers());
  EXPECT_EQ(collected.self, "self");
  EXPECT_EQ(collected.topology.nodes.at("self").memory_mb, 2048);
  EXPECT_EQ(collected.topology.nodes.at("n1").memory_mb, 100);
  EXPECT_EQ(collected.topology.nodes.at("n2").memory_mb, 200);
  EXPECT_THAT(to_ids(collected, "self"), ElementsAre("n1", "n2"));
  EXPECT_THAT(to_ids(collected, "n1"), ElementsAre("n2", "self"));
  EXPECT_THAT(to_ids(collected, "n2"), ElementsAre("n1"));
  ASSERT_EQ(collected.outcomes.size(), 2U);
  EXPECT_EQ(collected.outcomes[0].peer, "n1");
  EXPECT_EQ(collected.outcomes[0].address, "n1:1");
  EXPECT_EQ(collected.outcomes[0].outcome, PeerOutcome::answered);
  EXPECT_DOUBLE_EQ(collected.outcomes[0].elapsed_ms, 1);
  EXPECT_THAT(collected.heard_of, IsEmpty());
}

TEST(TopologyCollector, OneThatHangsDelaysTheOthersByNothingAndTheWholeToItsDeadline) {
  SimLoop loop(1);
  Network network;
  for (int i = 0; i < 20; ++i) network.add("n" + std::to_string(i), {});
  network.add("hung", {}).delay = Duration::max();
  Topology known = known_of_self({"hung"});
  known.nodes["hung"] = with_memory(512);
  const auto collected = collect(loop, known, network.peers(), {.timeout = 100ms});
  EXPECT_DOUBLE_EQ(collected.elapsed_ms, 100);
  for (const TopologyAnswer& answer : collected.outcomes) {
    if (answer.peer != "hung") {
      EXPECT_EQ(answer.outcome, PeerOutcome::answered);
      EXPECT_DOUBLE_EQ(answer.elapsed_ms, 1) << "all at once";
      continue;
    }
    EXPECT_EQ(answer.outcome, PeerOutcome::timed_out);
    EXPECT_EQ(answer.code, StatusCode::deadline_exceeded);
    EXPECT_EQ(answer.error, "no answer in time");
  }
  EXPECT_EQ(collected.topology.nodes.at("hung").memory_mb, 512) << "what was known of it is kept";
}

TEST(TopologyCollector, WhatComesAfterTheDeadlineIsNobodysAnyMore) {
  SimLoop loop(1);
  Network network;
  network.add("n1", {"n2"});
  FakeLink& late = network.add("n2", {"n1"});
  late.delay = 300ms;
  late.deaf = true;
  const auto collected = collect(loop, known_of_self(), network.peers(), {.timeout = 100ms});
  EXPECT_DOUBLE_EQ(collected.elapsed_ms, 100);
  EXPECT_EQ(collected.outcomes[1].outcome, PeerOutcome::timed_out);
  EXPECT_FALSE(collected.topology.nodes.contains("n2"));
}

TEST(TopologyCollector, SaysWhyOneFailed) {
  SimLoop loop(1);
  Network network;
  network.add("n1", {});
  network.add("n2", {}).answer = std::unexpected(Status::unavailable("connection\nrefused"));
  const auto collected = collect(loop, known_of_self(), network.peers());
  EXPECT_EQ(collected.outcomes[0].outcome, PeerOutcome::answered);
  EXPECT_EQ(collected.outcomes[1].outcome, PeerOutcome::failed);
  EXPECT_EQ(collected.outcomes[1].code, StatusCode::unavailable);
  EXPECT_EQ(collected.outcomes[1].error, "connection refused");
  EXPECT_FALSE(collected.topology.nodes.contains("n2")) << "nothing is known of it";
}

TEST(TopologyCollector, NamesThoseItOnlyHeardOfAndDoesNotAskThem) {
  SimLoop loop(1);
  Network network;
  network.add("n1", {"far", "n2", "self"});
  network.add("n2", {"farther", "far", "n1"}).delay = 2ms;
  network.add("n3", {}).answer = std::unexpected(Status::unavailable(""));
  network.links["n1"]->answer->connections["n1"].push_back({"n3", "LAN"});
  network.links["n1"]->answer->nodes["far"] = with_memory(1 << 30);
  network.links["n1"]->answer->connections["far"] = {{"invented", "LAN"}};
  const auto collected = collect(loop, known_of_self({"n1"}), network.peers());
  EXPECT_THAT(collected.heard_of, ElementsAre("far", "farther"))
      << "n3 was asked, and 'far' is not believed through n1";
  EXPECT_FALSE(collected.topology.nodes.contains("far"));
  EXPECT_EQ(collected.outcomes.size(), 3U);
}

TEST(TopologyCollector, CyclesMeanNothing) {
  SimLoop loop(1);
  Network network;
  network.add("n1", {"n1", "n2", "self"});
  network.add("n2", {"n1", "n2", "self"});
  const auto collected = collect(loop, known_of_self({"n1", "n2", "self"}), network.peers());
  for (const auto& [id, link] : network.links) EXPECT_EQ(link->asked, 1) << id;
  EXPECT_THAT(collected.heard_of, IsEmpty());
}

TEST(TopologyCollector, SaysWhatAnAnswerLacks) {
  SimLoop loop(1);
  Network network;
  network.add("n1", {"a", "b", "c"});
  network.add("n2", {"a"}).answer->nodes.clear();
  const auto collected = collect(loop, known_of_self(), network.peers(), {.edges_per_node_max = 2});
  EXPECT_EQ(collected.outcomes[0].outcome, PeerOutcome::answered);
  EXPECT_EQ(collected.outcomes[0].edges_left_out, 1U);
  EXPECT_EQ(collected.outcomes[0].error, "1 of its edges left out");
  EXPECT_EQ(collected.outcomes[1].outcome, PeerOutcome::answered);
  EXPECT_EQ(collected.outcomes[1].error, "its answer does not tell of itself");
}

TEST(TopologyCollector, KeepsNoMoreEdgesThanItMayHoweverManyAreTold) {
  SimLoop loop(1);
  Network network;
  std::vector<std::string> many;
  for (int i = 0; i < 100'000; ++i) many.push_back("x" + std::to_string(i));
  for (const char* id : {"n1", "n2", "n3"}) network.add(id, many);
  const auto collected =
      collect(loop, known_of_self(), network.peers(), {.edges_per_node_max = 1000, .edges_max = 2500});
  std::size_t kept = 0;
  std::size_t left_out = 0;
  for (const auto& [id, edges] : collected.topology.connections) kept += edges.size();
  for (const TopologyAnswer& answer : collected.outcomes) left_out += answer.edges_left_out;
  EXPECT_EQ(kept, 2500U);
  EXPECT_EQ(kept + left_out, 300'000U) << "what is not kept is counted";
  EXPECT_EQ(collected.topology.nodes.size(), 4U);
}

TEST(TopologyCollector, AsksNoMoreAtOnceThanItMay) {
  SimLoop loop(1);
  Network network;
  int at_once = 0;
  int at_once_max = 0;
  for (int i = 0; i < 100; ++i) {
    FakeLink& link = network.add("n" + std::to_string(i), {});
    link.at_once = &at_once;
    link.at_once_max = &at_once_max;
  }
  const auto collected = collect(loop, known_of_self(), network.peers(), {.limit = 8});
  EXPECT_EQ(at_once_max, 8);
  EXPECT_EQ(collected.topology.nodes.size(), 101U);
}

TEST(TopologyCollector, SaysWhoseTurnDidNotCome) {
  SimLoop loop(1);
  Network network;
  for (int i = 0; i < 9; ++i) network.add("n" + std::to_string(i), {}).delay = Duration::max();
  const auto collected = collect(loop, known_of_self(), network.peers(), {.timeout = 1ms, .limit = 2});
  std::map<PeerOutcome, int> counts;
  for (const TopologyAnswer& answer : collected.outcomes) ++counts[answer.outcome];
  EXPECT_GE(counts[PeerOutcome::timed_out], 2);
  EXPECT_GE(counts[PeerOutcome::not_started], 1);
  EXPECT_EQ(counts[PeerOutcome::timed_out] + counts[PeerOutcome::not_started], 9);
}

TEST(TopologyCollector, AloneIsDoneAtOnce) {
  SimLoop loop(1);
  const auto collected = collect(loop, known_of_self({"x"}), {});
  EXPECT_DOUBLE_EQ(collected.elapsed_ms, 0);
  EXPECT_EQ(collected.topology.nodes.size(), 1U);
  EXPECT_THAT(collected.heard_of, ElementsAre("x"));
}

/// Random networks and delays, with peers that hang or fail: one outcome each, no invented node, finished by the
/// deadline.
TEST(TopologyCollector, KeepsItsPromisesInAnyNetwork) {
  for_each_seed(1, 300, [](std::uint64_t seed) {
    SimLoop loop(seed);
    Random random = loop.random("network");
    Network network;
    const std::uint64_t count = 1 + random.below(30);
    for (std::uint64_t i = 0; i < count; ++i) {
      std::vector<std::string> neighbours;
      for (std::uint64_t k = random.below(8); k > 0; --k) neighbours.push_back("n" + std::to_string(random.below(40)));
      FakeLink& link = network.add("n" + std::to_string(i), neighbours);
      link.delay = random.chance(0.1) ? Duration::max() : random.between(0ms, 60ms);
      if (random.chance(0.1)) link.answer = std::unexpected(Status::unavailable("gone"));
    }
    const auto collected =
        collect(loop, known_of_self(), network.peers(), {.timeout = 50ms, .limit = 1 + random.below(40)});
    ASSERT_EQ(collected.outcomes.size(), count);
    EXPECT_LE(collected.elapsed_ms, 50);
    for (const TopologyAnswer& answer : collected.outcomes) {
      const FakeLink& link = *network.links.at(answer.peer);
      EXPECT_EQ(collected.topology.nodes.contains(answer.peer), answer.outcome == PeerOutcome::answered);
      if (answer.outcome == PeerOutcome::answered) EXPECT_LE(link.delay, 50ms);
      if (answer.outcome == PeerOutcome::failed) EXPECT_EQ(answer.code, StatusCode::unavailable);
      EXPECT_LE(link.asked, 1);
      EXPECT_EQ(link.asked == 0, answer.outcome == PeerOutcome::not_started);
    }
    EXPECT_EQ(collected.topology.nodes.contains("self"), true);
    for (const std::string& id : collected.heard_of) EXPECT_FALSE(network.links.contains(id));
  });
}

}  // namespace
}  // namespace exocast
