// SPDX-License-Identifier: Apache-2.0
#pragma once
// A collected topology for programs (JSON and events), for drawing (Graphviz) and for people (a table).
// Pure functions, safe from any thread; whatever nodes said of themselves is made safe to read, draw and print.

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
/// microseconds. Texts are repaired to UTF-8, so dump() cannot fail.
nlohmann::ordered_json to_json(const CollectedTopology& collected);

/// The same as lines for a node's control socket (docs/control.md): an event for each "node", "edge", id that was
/// "heard_of" and "outcome"; the last line has the keys self and elapsed_ms.
std::vector<nlohmann::ordered_json> to_events(const CollectedTopology& collected);

/// Adds one line of to_events() to `collected`. False if it is none, or lacks something.
bool add_event(CollectedTopology& collected, const nlohmann::ordered_json& event);

/// A directed graph in the DOT language, with its line end: `dot -Tsvg` draws it. Nodes that did not answer are red,
/// those that were only heard of dashed.
std::string to_dot(const CollectedTopology& collected);

/// One row for each node, by id, then those that did not tell of themselves; and a last line that says it all:
/// "6/7 answered, 1 timed out in 5000.0 ms; 2 only heard of: x[1-2]". The style's `fold_over` is not looked at.
std::string to_table(const CollectedTopology& collected, const TableStyle& style = {});

}  // namespace exocast
