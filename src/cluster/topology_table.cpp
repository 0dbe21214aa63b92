// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "cluster/topology_text.h"
#include "report/fold_names.h"
#include "report/text_table.h"

namespace exocast {
namespace {

std::string memory_of(const DeviceCapabilities& device) {
  return device.memory_mb > 0 ? fmt::format("{:.1f} GB", device.memory_mb / 1024.0) : "";
}

std::string neighbours_of(const Topology& topology, const std::string& id) {
  const auto edges = topology.connections.find(id);
  if (edges == topology.connections.end()) return {};
  std::vector<std::string> ids;
  for (const PeerConnection& edge : edges->second) ids.push_back(edge.to_id);
  return fold_names(ids);
}

std::string reason_of(const TopologyAnswer& answer) { return to_string(Status{answer.code, answer.error}); }

class Rows {
 public:
  Rows(const CollectedTopology& collected, bool colour) : collected_(collected), colour_(colour) {
    for (const TopologyAnswer& answer : collected.outcomes) answers_.emplace(answer.peer, &answer);
  }

  std::vector<TableRow> all() {
    const auto& nodes = collected_.topology.nodes;
    for (const auto& [id, device] : nodes) add(id, device);
    for (const TopologyAnswer& answer : collected_.outcomes) {
      if (!nodes.contains(answer.peer)) add(answer.peer, {});
    }
    return std::move(rows_);
  }

 private:
  void add(const std::string& id, const DeviceCapabilities& device) {
    TableRow row = {{id}, {device.model}, {device.chip}, {memory_of(device)}, {neighbours_of(collected_.topology, id)}};
    if (const auto answer = answers_.find(id); answer != answers_.end()) {
      const bool answered = answer->second->outcome == PeerOutcome::answered;
      const std::string_view colour = answered ? ansi_green : ansi_red;
      row.push_back({words(answer->second->outcome), colour_ ? colour : ""});
      row.push_back({reason_of(*answer->second)});
    } else {
      row.push_back({id == collected_.self ? "itself" : ""});
      row.push_back({});
    }
    rows_.push_back(std::move(row));
  }

  const CollectedTopology& collected_;
  bool colour_;
  std::map<std::string_view, const TopologyAnswer*> answers_;
  std::vector<TableRow> rows_ = {{{"node"}, {"model"}, {"chip"}, {"memory"}, {"neighbours"}, {"outcome"}, {"reason"}}};
};

std::string summary(const CollectedTopology& collected) {
  const OutcomeCounts counts = collected.counts();
  std::string text = fmt::format("{}/{} answered", counts[PeerOutcome::answered], collected.receivers());
  for (const PeerOutcome outcome : TopologyAnswer::all_outcomes) {
    if (outcome != PeerOutcome::answered && counts[outcome] > 0) {
      text += fmt::format(", {} {}", counts[outcome], words(outcome));
    }
  }
  text += fmt::format(" in {:.1f} ms", collected.elapsed_ms);
  if (collected.heard_of.empty()) return text;
  const std::string names = to_line(fold_names(collected.heard_of));
  return text + fmt::format("; {} only heard of: {}", collected.heard_of.size(), names);
}

}  // namespace

std::string to_table(const CollectedTopology& collected, const TableStyle& style) {
  return to_text_table(Rows(collected, style.colour).all(), style.width) + summary(collected) + '\n';
}

}  // namespace exocast
