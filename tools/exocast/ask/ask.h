// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `exocast ask` does: asks all peers a question at once, and shows what they answer, equal answers together.

#include <optional>
#include <string>
#include <vector>

#include "exocast/answers.h"
#include "exocast/gather/deadline.h"
#include "exocast/ids.h"
#include "exocast/question.h"

namespace exocast {

struct AskCommandOptions {
  Question question = Question::health();
  std::vector<Peer> peers;          ///< empty: those of the local node
  std::optional<std::string> node;  ///< which local node; nothing: see LocalNode::find()
  Duration timeout = std::chrono::seconds(5);
  std::size_t limit = 64;
  std::optional<std::size_t> quorum;  ///< nothing: all
  bool json = false;
};

/// Does it and returns the exit status.
int run_ask(const AskCommandOptions& options);

/// Who did not answer, and why, in one line: "2 of 8 did not answer: n[2-3]; n2 (10.0.0.2:50051): UNAVAILABLE: …".
std::string shortfall(const Answers& answers);

}  // namespace exocast
