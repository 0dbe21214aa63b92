// SPDX-License-Identifier: Apache-2.0
#include "cluster/topology_text.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace exocast {
namespace {

using testing::HasSubstr;
using testing::Not;

CollectedTopology three_and_one_hung() {
  CollectedTopology collected{.elapsed_ms = 5000.00049};
  collected.self = "n1";
  collected.topology.nodes["n1"] = {.model = "Linux x86_64", .chip = "A", .memory_mb = 8192, .flops = {1.5, 3, 6}};
  collected.topology.nodes["n2"] = {.model = "Linux x86_64", .chip = "B", .memory_mb = 24576, .flops = {}};
  collected.topology.connections["n1"] = {{"n2", "LAN"}, {"n3", "MAN"}};
  collected.topology.connections["n2"] = {{"n1", std::nullopt}, {"x1", "LAN"}, {"x2", "LAN"}};
  collected.outcomes = {
      {"n2", "10.0.0.2:50051", PeerOutcome::answered, 1.25, StatusCode::ok, "", 0},
      {"n3", "10.0.0.3:50051", PeerOutcome::timed_out, 5000, StatusCode::deadline_exceeded, "no answer in time", 0}};
  collected.heard_of = {"x1", "x2"};
  return collected;
}

TEST(TopologyJson, HasAllThatWasCollected) {
  EXPECT_EQ(to_json(three_and_one_hung()).dump(),
            R"({"self":"n1","elapsed_ms":5000.0,"nodes":{)"
            R"("n1":{"model":"Linux x86_64","chip":"A","memory_mb":8192,)"
            R"("flops":{"fp32_tflops":1.5,"fp16_tflops":3.0,"int8_tflops":6.0}},)"
            R"("n2":{"model":"Linux x86_64","chip":"B","memory_mb":24576,)"
            R"("flops":{"fp32_tflops":0.0,"fp16_tflops":0.0,"int8_tflops":0.0}}},)"
            R"("edges":[{"from":"n1","to":"n2","description":"LAN"},{"from":"n1","to":"n3","description":"MAN"},)"
            R"({"from":"n2","to":"n1","description":null},{"from":"n2","to":"x1","description":"LAN"},)"
            R"({"from":"n2","to":"x2","description":"LAN"}],)"
            R"("heard_of":["x1","x2"],"outcomes":[)"
            R"({"peer":"n2","address":"10.0.0.2:50051","outcome":"answered","elapsed_ms":1.25,"code":"","error":"",)"
            R"("edges_left_out":0},)"
            R"({"peer":"n3","address":"10.0.0.3:50051","outcome":"timed_out","elapsed_ms":5000.0,)"
            R"("code":"DEADLINE_EXCEEDED","error":"no answer in time","edges_left_out":0}]})");
}

TEST(TopologyJson, CanAlwaysBePrinted) {
  CollectedTopology collected;
  collected.self = "\xff";
  collected.topology.nodes["\xff"] = {.model = "\xff", .chip = "\xff", .memory_mb = 1, .flops = {}};
  collected.topology.connections["\xff"] = {{"\xff", "\xff"}};
  collected.heard_of = {"\xff"};
  collected.outcomes = {{"\xff", "\xff", PeerOutcome::failed, 0, StatusCode::internal, "\xff", 0}};
  EXPECT_THAT(to_json(collected).dump(), HasSubstr("\xEF\xBF\xBD"));
}

TEST(TopologyJson, SurvivesItsEvents) {
  CollectedTopology back;
  for (const auto& event : to_events(three_and_one_hung())) EXPECT_TRUE(add_event(back, event)) << event;
  EXPECT_EQ(to_json(back), to_json(three_and_one_hung()));
}

TEST(TopologyJson, WhatIsNoEventIsRefused) {
  CollectedTopology back;
  EXPECT_FALSE(add_event(back, {{"event", "weather"}}));
  EXPECT_FALSE(add_event(back, nlohmann::ordered_json::object()));
  for (auto event : to_events(three_and_one_hung())) {
    event.erase(event.contains("event") ? "elapsed_ms" : "self");  // a key that an outcome and the last line need
    if (event["event"] == "outcome" || event["event"].is_null()) EXPECT_FALSE(add_event(back, event)) << event;
  }
}

TEST(TopologyDot, DrawsNodesEdgesAndWhoIsNotThere) {
  EXPECT_EQ(to_dot(three_and_one_hung()), R"(digraph exocast {
  node [shape=box];
  "n1" [label="n1\nA\n8192 MB"];
  "n2" [label="n2\nB\n24576 MB"];
  "n3" [label="n3", color=red];
  "x1" [label="x1", style=dashed];
  "x2" [label="x2", style=dashed];
  "n1" -> "n2" [label="LAN"];
  "n1" -> "n3" [label="MAN"];
  "n2" -> "n1";
  "n2" -> "x1" [label="LAN"];
  "n2" -> "x2" [label="LAN"];
}
)");
}

TEST(TopologyDot, EscapesWhatNodesSay) {
  CollectedTopology collected;
  collected.self = R"(a" [x])";
  collected.topology.nodes[R"(a" [x])"] = {.model = "", .chip = "<b>&lt;\nx", .memory_mb = 0, .flops = {}};
  collected.topology.connections[R"(a" [x])"] = {{R"(b\)", R"("];evil)"}};
  collected.heard_of = {R"(b\)"};
  EXPECT_EQ(to_dot(collected), R"(digraph exocast {
  node [shape=box];
  "a\" [x]" [label="a\" [x]\n<b>&amp;lt; x"];
  "b\\" [label="b\\", style=dashed];
  "a\" [x]" -> "b\\" [label="\"];evil"];
}
)");
}

TEST(TopologyTable, HasTheNodesByIdAndBehindThemThoseThatDidNotTell) {
  EXPECT_EQ(to_table(three_and_one_hung()),
            "node  model         chip  memory   neighbours  outcome    reason\n"
            "n1    Linux x86_64  A     8.0 GB   n[2-3]      itself\n"
            "n2    Linux x86_64  B     24.0 GB  n1,x[1-2]   answered\n"
            "n3                                             timed out  DEADLINE_EXCEEDED: no answer in time\n"
            "1/2 answered, 1 timed out in 5000.0 ms; 2 only heard of: x[1-2]\n");
}

TEST(TopologyTable, ColoursOnlyTheOutcomesAndOnlyWhenAsked) {
  EXPECT_THAT(to_table(three_and_one_hung()), Not(HasSubstr("\x1B")));
  const std::string coloured = to_table(three_and_one_hung(), {.colour = true});
  EXPECT_THAT(coloured, HasSubstr("\x1B[32manswered\x1B[0m"));
  EXPECT_THAT(coloured, HasSubstr("\x1B[31mtimed out\x1B[0m"));
}

TEST(TopologyTable, StaysShortWhateverIsHeardOf) {
  CollectedTopology collected = three_and_one_hung();
  for (int i = 0; i < 10'000; ++i) collected.heard_of.push_back("y" + std::to_string(i) + "z");
  for (int i = 0; i < 10'000; ++i) collected.heard_of.push_back(std::string(1 + i % 20, 'q') + std::to_string(i * 2));
  const std::string table = to_table(collected);
  EXPECT_LT(table.size(), 1200U);
  EXPECT_THAT(table, HasSubstr("20002 only heard of"));
}

}  // namespace
}  // namespace exocast
