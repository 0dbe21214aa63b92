// SPDX-License-Identifier: Apache-2.0
#pragma once
// Comparison: tells the nodes of a demo the same thing twice, one by one and all at once, and keeps the board.
// Threading: inside the node's loop. Lifetime: all that it refers to outlives it; it outlives the task of run().

#include <expected>
#include <string>

#include "exocast/node.h"
#include "tools/exocast/demo/board.h"
#include "tools/exocast/demo/child.h"

namespace exocast::demo {

class Comparison {
 public:
  /// `children` run the peers of `node`, in the same order as the plan of `board`.
  Comparison(Node& node, const Children& children, Board& board) : node_(node), children_(children), board_(board) {}

  /// Connects to all, so that both ways begin with connections that stand, freezes those that are to be frozen, then
  /// compares. The error is one printable line: a node that cannot be reached.
  task<std::expected<void, std::string>> run();

  /// The report of telling all at once, after run().
  const Report& report() const noexcept { return report_; }

 private:
  task<std::expected<void, std::string>> connect();
  task<void> tell_one_by_one(Message message);
  task<void> tell_at_once(Message message);

  Node& node_;
  const Children& children_;
  Board& board_;
  Report report_;
};

/// What is wrong with a board that is complete, in one line: a node that did not answer as its kind does. "" for
/// nothing.
std::string unexpected_outcome(const Board& board);

}  // namespace exocast::demo
