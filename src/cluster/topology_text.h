// SPDX-License-Identifier: Apache-2.0
#pragma once
// Prints a collected topology: for programs (JSON and events), as a drawing (Graphviz) and for people (a table).
// Pure functions, safe from any thread. Text from other nodes is made safe to read, draw and print.

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "cluster/topology_collector.h"
#include "report/report_table.h"

namespace exocast {

/// {self, elapsed_ms,
///  nodes{ID: {model, chip, memory_mb, flops{fp32_tflops, fp16_tflops, int8_tflops}}},
///  edges[{from, to, description}],                                     description null if there is none
///  heard_of[ID],
///  outcomes[{peer, address, outcome, elapsed_ms, code, error, edges_left_out}]}, in this order. Times are rounded to
///  microseconds. Texts are repaired to UTF-8, so dump() cannot fail.
nlohmann::ordered_json to_json(const CollectedTopology& collected);

/// The same as lines for a node's control socket (docs/control.md): one event for each "node", "edge", "heard_of" id
/// and "outcome". The last line has the keys self and elapsed_ms.
std::vector<nlohmann::ordered_json> to_events(const CollectedTopology& collected);

/// Adds one line of to_events() to `collected`. False if the line is not such an event, or lacks a key.
bool add_event(CollectedTopology& collected, const nlohmann::ordered_json& event);

/// A directed graph in the DOT language, with its line end: `dot -Tsvg` draws it. Nodes that did not answer are red;
/// nodes only heard of are dashed.
std::string to_dot(const CollectedTopology& collected);

/// One row for each node, by id, then one for each peer that gave no part, then a summary line: "6/7 answered, 1 timed
/// out in 5000.0 ms; 2 only heard of: x[1-2]". Ignores the style's `fold_over`.
std::string to_table(const CollectedTopology& collected, const TableStyle& style = {});

}  // namespace exocast
