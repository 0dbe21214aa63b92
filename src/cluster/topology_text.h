// SPDX-License-Identifier: Apache-2.0
#pragma once
// A collected topology for programs (JSON), for drawing (Graphviz) and for people (a table), each with exo's ring.
// Pure functions, safe from any thread; whatever nodes said of themselves is made safe to read, draw and print.

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "cluster/topology_collector.h"
#include "report/report_table.h"

namespace exocast {

/// {self, elapsed_ms,
///  nodes{ID: {model, chip, memory_mb, flops{fp32_tflops, fp16_tflops, int8_tflops}}},
///  edges[{from, to, description}],                                     description null if there is none
///  heard_of[ID],
///  outcomes[{peer, address, outcome, elapsed_ms, code, error, edges_left_out}],
///  ring[{id, start, end}]}, in this order; the ring over all `nodes`, as by ring_partitions(). Times are rounded to
/// microseconds. Texts are repaired to UTF-8, so dump() cannot fail.
nlohmann::ordered_json to_json(const CollectedTopology& collected);

/// A directed graph in the DOT language, with its line end: `dot -Tsvg` draws it. Nodes that did not answer are red,
/// those that were only heard of dashed.
std::string to_dot(const CollectedTopology& collected);

/// One row for each node, in the order of the ring, then those that have no place in it; and a last line that says it
/// all: "6/7 answered, 1 timed out in 5000.0 ms; 2 only heard of: x[1-2]". The style's `fold_over` is not looked at.
std::string to_table(const CollectedTopology& collected, const TableStyle& style = {});

}  // namespace exocast
