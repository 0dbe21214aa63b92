// SPDX-License-Identifier: Apache-2.0
#include "cluster/ring.h"

#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

namespace exocast {

void PrintTo(const RingPartition& part, std::ostream* out) { *out << part.id << ' ' << part.start << '-' << part.end; }
void PrintTo(const LayerRange& range, std::ostream* out) {
  *out << range.id << ' ' << range.first << '-' << range.last;
}

namespace {

using Memories = std::vector<std::pair<std::string, std::int32_t>>;  // MB by id
using Partitions = std::vector<RingPartition>;
using Layers = std::vector<LayerRange>;

Partitions partitions_of(const Memories& memories) {
  std::map<std::string, DeviceCapabilities> nodes;
  for (const auto& [id, memory_mb] : memories) nodes[id].memory_mb = memory_mb;
  return ring_partitions(nodes);
}

struct Case {
  const char* what;
  Memories memories;
  Partitions partitions;
};

/// What Python makes of:
///   nodes.sort(key=lambda node: (node.memory, node.id), reverse=True)
///   end = round(start + node.memory / total, 5); partitions.append((node.id, start, end)); start = end
const std::vector<Case> cases = {
    {"nobody", {}, {}},
    {"one", {{"a", 16384}}, {{"a", 0, 1}}},
    {"ties in memory go by id, the greatest first, as bytes compare",
     {{"n1", 8192}, {"n10", 8192}, {"n2", 8192}, {"N3", 8192}},
     {{"n2", 0, 0.25}, {"n10", 0.25, 0.5}, {"n1", 0.5, 0.75}, {"N3", 0.75, 1}}},
    {"ids that are not ASCII",
     {{"é", 10}, {"z", 10}, {"\U0001f600", 10}, {"\uffff", 10}},
     {{"\U0001f600", 0, 0.25}, {"\uffff", 0.25, 0.5}, {"é", 0.5, 0.75}, {"z", 0.75, 1}}},
    {"five machines",
     {{"mac", 65536}, {"box", 24564}, {"pi", 8063}, {"air", 16384}, {"gpu", 81559}},
     {{"gpu", 0, 0.41589},
      {"mac", 0.41589, 0.75008},
      {"box", 0.75008, 0.87534},
      {"air", 0.87534, 0.95889},
      {"pi", 0.95889, 1.00001}}},
    {"63/64 lies between two decimals, the even one is above",
     {{"a", 63}, {"b", 1}},
     {{"a", 0, 0.98438}, {"b", 0.98438, 1.00001}}},
    {"61/64 too, and the even one is below", {{"a", 61}, {"b", 3}}, {{"a", 0, 0.95312}, {"b", 0.95312, 0.99999}}},
    {"roundings add up",
     {{"n1", 24105}, {"n2", 24105}, {"n3", 24105}, {"n4", 24105}, {"n5", 24105}, {"n6", 24105}, {"n7", 24105}},
     {{"n7", 0, 0.14286},
      {"n6", 0.14286, 0.28572},
      {"n5", 0.28572, 0.42858},
      {"n4", 0.42858, 0.57144},
      {"n3", 0.57144, 0.7143},
      {"n2", 0.7143, 0.85716},
      {"n1", 0.85716, 1.00002}}},
    {"some have no memory", {{"a", 0}, {"b", 1000}, {"c", 0}}, {{"b", 0, 1}, {"c", 1, 1}, {"a", 1, 1}}},
    {"the most that the wire can carry, and the least",
     {{"big", 2147483647}, {"small", 1}},
     {{"big", 0, 1}, {"small", 1, 1}}},
};

TEST(Ring, HasThePartitionsOfExo) {
  for (const Case& one : cases) EXPECT_EQ(partitions_of(one.memories), one.partitions) << one.what;
}

TEST(Ring, IsSharedEquallyIfNobodyHasMemory) {
  const Partitions equal = {{"c", 0, 0.33333}, {"b", 0.33333, 0.66666}, {"a", 0.66666, 0.99999}};
  EXPECT_EQ(partitions_of({{"a", 0}, {"b", 0}, {"c", 0}}), equal);
  EXPECT_EQ(partitions_of({{"a", -5}, {"b", std::numeric_limits<std::int32_t>::min()}, {"c", 0}}), equal);
}

TEST(Ring, GivesNothingToWhoeverClaimsLessThanNoMemory) {
  EXPECT_EQ(partitions_of({{"a", 8}, {"liar", -8}}), (Partitions{{"a", 0, 1}, {"liar", 1, 1}}));
}

/// The same cases, in Python:
///   first = int(start * n); last = n - 1 if it is the last partition else int(end * n) - 1; if first <= last: …
TEST(Ring, HasTheLayersOfExo) {
  const Partitions five = partitions_of(cases[4].memories);
  EXPECT_EQ(ring_layers(five, 8), (Layers{{"gpu", 0, 2}, {"mac", 3, 5}, {"box", 6, 6}, {"pi", 7, 7}}));
  EXPECT_EQ(ring_layers(five, 32),
            (Layers{{"gpu", 0, 12}, {"mac", 13, 23}, {"box", 24, 27}, {"air", 28, 29}, {"pi", 30, 31}}));
  EXPECT_EQ(ring_layers(five, 126),
            (Layers{{"gpu", 0, 51}, {"mac", 52, 93}, {"box", 94, 109}, {"air", 110, 119}, {"pi", 120, 125}}));
  const Partitions seven = partitions_of(cases[7].memories);
  EXPECT_EQ(
      ring_layers(seven, 16),
      (Layers{{"n7", 0, 1}, {"n6", 2, 3}, {"n5", 4, 5}, {"n4", 6, 8}, {"n3", 9, 10}, {"n2", 11, 12}, {"n1", 13, 15}}));
}

TEST(Ring, LeavesOutWhoeverHasNoLayer) {
  const Partitions two = {{"b", 0, 0.84375}, {"a", 0.84375, 1}};
  EXPECT_EQ(ring_layers(two, 1), (Layers{{"a", 0, 0}})) << "int(0.84375 * 1) - 1 is before 0";
  EXPECT_EQ(ring_layers({{"b", 0, 1}, {"a", 1, 1}}, 8), (Layers{{"b", 0, 7}})) << "and the last is the one before";
  EXPECT_EQ(ring_layers(two, 0), Layers());
  EXPECT_EQ(ring_layers({}, 8), Layers());
}

TEST(Ring, EndsWithTheLastLayerWhateverTheRoundings) {
  EXPECT_EQ(ring_layers({{"b", 0, 0.5}, {"a", 0.5, 0.99999}}, 8), (Layers{{"b", 0, 3}, {"a", 4, 7}}));
  EXPECT_EQ(ring_layers({{"b", 0, 0.5}, {"a", 0.5, 1.00002}}, 8), (Layers{{"b", 0, 3}, {"a", 4, 7}}));
}

TEST(Ring, RunsEachLayerOnceForAnyNumberOfNodes) {
  Memories memories;
  for (int count = 1; count <= 300; ++count) {
    memories.emplace_back("n" + std::to_string(count), 1000 + 7 * (count % 13));
    for (const std::int32_t layer_count : {1, 32, 126, 100'000}) {
      std::int32_t next = 0;
      for (const LayerRange& range : ring_layers(partitions_of(memories), layer_count)) {
        ASSERT_EQ(range.first, next) << count << " nodes, " << layer_count << " layers";
        next = range.last + 1;
      }
      ASSERT_EQ(next, layer_count) << count << " nodes";
    }
  }
}

}  // namespace
}  // namespace exocast
