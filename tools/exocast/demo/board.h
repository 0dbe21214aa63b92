// SPDX-License-Identifier: Apache-2.0
#pragma once
// Board: the results of a demo so far, as a table with both ways of broadcasting side by side.
//
// One row per node; beside each outcome a bar on a common time axis. One by one, the bars form stairs; at once, they
// all begin at the left. The live display and the final result use the same text. A plain value; pure functions, safe
// from any thread.

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
  double begun_ms = 0;  ///< both since the broadcast began; while sending, ended_ms is the current time
  double ended_ms = 0;
};

/// One broadcast.
struct Run {
  std::vector<Cell> cells;  ///< one per node
  TimePoint begun{};
  std::optional<double> elapsed_ms = {};  ///< set when it has ended
};

struct Board {
  explicit Board(Plan plan);

  /// Extends the bars of unfinished deliveries to `now`.
  void advance(TimePoint now);

  Plan plan;
  Run one_by_one;
  Run at_once;
};

struct BoardStyle {
  bool colour = false;
  std::size_t width = 100;  ///< columns; bars are left out if they do not fit
};

/// The plan in one line, without line end: "8 nodes on loopback: 6 ordinary (20 ms a message), …".
std::string heading(const Plan& plan);

/// The table, each line ended by a newline; the same plan always has the same number of lines.
std::string to_table(const Board& board, const BoardStyle& style);

/// The summary once both runs have ended: the ratio of the times, and when the ordinary nodes had the message.
std::string conclusion(const Board& board);

/// The time of one by one divided by that of at once; 0 until both have ended.
double speedup(const Board& board);

}  // namespace exocast::demo
