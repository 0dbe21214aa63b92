// SPDX-License-Identifier: Apache-2.0
#include "cluster/ring.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <utility>

namespace exocast {
namespace {

struct Weighted {
  std::int64_t weight;
  std::string id;

  auto operator<=>(const Weighted&) const = default;
};

/// As Python's round(share, 5): to the decimal that is nearest to the binary number, ties to even. So does to_chars;
/// multiplying by 100,000 would not.
double to_5_decimals(double share) {
  std::array<char, 32> digits{};
  const char* const end =
      std::to_chars(digits.data(), digits.data() + digits.size(), share, std::chars_format::fixed, 5).ptr;
  double rounded = 0;
  std::from_chars(digits.data(), end, rounded);
  return rounded;
}

}  // namespace

std::vector<RingPartition> ring_partitions(const std::map<std::string, DeviceCapabilities>& nodes) {
  std::vector<Weighted> order;
  std::int64_t total = 0;
  for (const auto& [id, device] : nodes) {
    order.push_back({std::max(device.memory_mb, 0), id});
    total += order.back().weight;
  }
  if (total == 0) {
    for (Weighted& node : order) node.weight = 1;
    total = static_cast<std::int64_t>(order.size());
  }
  std::ranges::sort(order, std::greater());

  std::vector<RingPartition> partitions;
  double start = 0;
  for (Weighted& node : order) {
    const double end = to_5_decimals(start + static_cast<double>(node.weight) / static_cast<double>(total));
    partitions.push_back({std::move(node.id), start, end});
    start = end;
  }
  return partitions;
}

std::vector<LayerRange> ring_layers(const std::vector<RingPartition>& partitions, std::int32_t layer_count) {
  // Of hundreds of nodes, ends may come to lie layers beyond 1. exo would run layers there that the model has not.
  const auto layer_at = [&](double share) { return static_cast<std::int32_t>(std::min(share, 1.0) * layer_count); };
  std::vector<LayerRange> layers;
  for (const RingPartition& partition : partitions) {
    const bool is_last = &partition == &partitions.back();
    const std::int32_t first = layer_at(partition.start);
    const std::int32_t last = (is_last ? layer_count : layer_at(partition.end)) - 1;
    if (first <= last) layers.push_back({partition.id, first, last});
  }
  return layers;
}

}  // namespace exocast
