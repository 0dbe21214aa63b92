// SPDX-License-Identifier: Apache-2.0
#pragma once
// The question "replay": what a node has kept of its messages (exocast/replay.h). Both ends, as JSON:
//
//   argument  {"class":"tokens","log":7,"after":12,"most":1024}   without "class": all classes; "after" needs "log"
//   answer    {"log":7,"left_out":3,"messages":[{"class":"tokens","position":13,"kind":"tokens","base64":"…"},…]}
//
// "base64" is Message::encoded(). "left_out" is missing if it would be 0.
// Pure functions, except that replay_answer() reads the broadcaster. Threading: that of the broadcaster.

#include <expected>
#include <string>
#include <string_view>

#include "exocast/broadcaster.h"
#include "exocast/question.h"
#include "exocast/replay.h"
#include "exocast/status.h"

namespace exocast {

inline constexpr std::string_view replay_question_name = "replay";

/// The question that asks for `request`, which keeps its limits.
Question replay_question(const ReplayRequest& request);

/// The request in a question's argument. The error is one printable line.
std::expected<ReplayRequest, std::string> replay_request(std::string_view argument);

/// What `broadcaster` has kept: the newest messages that fit into an answer, of each class an equal share of its size.
/// Room that a class does not use is for the next ones. INVALID_ARGUMENT for a bad argument; NOT_FOUND if `keeps` is
/// false: the node keeps no messages.
std::expected<std::string, Status> replay_answer(const Broadcaster& broadcaster, bool keeps, std::string_view argument);

/// The messages in the answer to `request`. The error is one printable line: the answer is not what was asked for.
std::expected<Replay, std::string> read_replay(std::string_view answer, const ReplayRequest& request);

}  // namespace exocast
