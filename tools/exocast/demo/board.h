// SPDX-License-Identifier: Apache-2.0
#pragma once
// Board: what a demo has seen so far, as a table in which both ways of broadcasting stand side by side.
//
// One row per node, and beside each outcome a bar on one common time axis: one by one, the bars make stairs; at once,
// they all begin at the left. The same text serves a live display and the end result. A plain value; pure functions,
// safe from any thread.

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "exocast/report.h"
#include "tools/exocast/demo/plan.h"

namespace exocast::demo {

/// One message to one node.
struct Cell {
  enum class State { waiting, sending, done };
  State state = State::waiting;
  PeerOutcome outcome = PeerOutcome::not_started;
  double begun_ms = 0;  ///< since the broadcast began; also of one that is not done
  double ended_ms = 0;
};

/// One broadcast.
struct Run {
  std::vector<Cell> cells;  ///< one per node
  TimePoint begun{};
  std::optional<double> elapsed_ms = {};  ///< once it is over
};

struct Board {
  explicit Board(Plan plan);

  /// Lets the bars of what is being sent grow up to `now`.
  void advance(TimePoint now);

  Plan plan;
  Run one_by_one;
  Run at_once;
};

struct BoardStyle {
  bool colour = false;
  std::size_t width = 100;  ///< columns; without room for them the bars are left out
};

/// What is going to be shown: "8 nodes on loopback: 6 ordinary (20 ms a message), …", without line end.
std::string heading(const Plan& plan);

/// The table, each line ended by a newline: always the same number of lines for the same plan.
std::string to_table(const Board& board, const BoardStyle& style);

/// What it comes to, once both runs are over: the ratio of the two times, and when the ordinary nodes had the message.
std::string conclusion(const Board& board);

/// one by one / at once; 0 unless both are over.
double speedup(const Board& board);

}  // namespace exocast::demo
