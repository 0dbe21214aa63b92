// SPDX-License-Identifier: Apache-2.0
#pragma once
// NodeMetrics: the numbers of all parts of a node by their names (docs/metrics.md).
// Threading: made, used and destroyed inside the node's loop. Lifetime: the node outlives it.

#include <vector>

#include "exocast/message/metrics.h"
#include "exocast/node/node.h"

namespace exocast {

class NodeMetrics {
 public:
  explicit NodeMetrics(Node& node, const MetricsLimits& limits = {});

  /// Where others may register theirs.
  Metrics& registry() noexcept { return registry_; }

  std::vector<MetricFamily> snapshot() const { return registry_.snapshot(); }

 private:
  void add(std::vector<Metrics::Registration> more);
  void add_inbox(const Inbox& inbox);
  void add_link(const std::string& peer, const NegotiatedLink& link);

  Metrics registry_;
  std::vector<Metrics::Registration> registered_;
};

}  // namespace exocast
