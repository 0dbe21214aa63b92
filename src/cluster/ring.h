// SPDX-License-Identifier: Apache-2.0
#pragma once
// Ring: which part of a model each node of exo's ring runs: its "ring memory weighted partitioning".
//
// Every node of exo computes this for itself, so one that shows or checks it must come to the same numbers, to the last
// digit. The algorithm is that of exo v0.0.15-alpha as observed; the tests' expectations are computed in Python.
// Pure functions, safe from any thread.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "exocast/device.h"

namespace exocast {

/// A node's part of [0, 1).
struct RingPartition {
  std::string id;
  double start = 0;
  double end = 0;

  bool operator==(const RingPartition&) const = default;
};

/// The layers `first` to `last`, both included, that a node runs; they count from 0.
struct LayerRange {
  std::string id;
  std::int32_t first = 0;
  std::int32_t last = 0;

  bool operator==(const LayerRange&) const = default;
};

/// The nodes' parts, one after another, in the order of the ring: the one with the most memory first, of equals the
/// one whose id is greater by its bytes. Each gets its share of all memory; ends are rounded to 5 decimals, as Python
/// rounds, which is why the last may end a little beside 1.
///
/// If none has memory all have equal shares: exo divides by zero there and has no ring, and this is what is left to
/// say. Less than 0 MB counts as 0.
std::vector<RingPartition> ring_partitions(const std::map<std::string, DeviceCapabilities>& nodes);

/// Which of `layer_count` layers each partition runs. A partition too small for a layer is not in it, so it may be
/// shorter than `partitions`. With 1 layer or more, and any partition, all layers are run, each once.
std::vector<LayerRange> ring_layers(const std::vector<RingPartition>& partitions, std::int32_t layer_count);

}  // namespace exocast
