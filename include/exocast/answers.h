// SPDX-License-Identifier: Apache-2.0
#pragma once
// Answers: who answered a question, and what. Exactly one outcome per receiver, in the order of the receivers, as in a
// Report: of a roster that is known, so whether the answers are complete can be told.
// Plain values, safe from any thread. answers_table.h prints them for people.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "exocast/status.h"

namespace exocast {

/// What became of a question at one receiver.
enum class AnswerOutcome : std::uint8_t {
  answered,     ///< `text` is what it said
  failed,       ///< the link or the receiver said no; `code` and `error` tell
  timed_out,    ///< no answer by the deadline
  cancelled,    ///< stopped because the policy was decided or the caller gave up
  not_started,  ///< never asked: it was over before its turn came
  skipped,      ///< there is no link to it, or it answers no questions; `error` tells
};

/// All outcomes, in the order in which they are counted and printed.
inline constexpr std::array all_answer_outcomes = {AnswerOutcome::answered,    AnswerOutcome::failed,
                                                   AnswerOutcome::timed_out,   AnswerOutcome::cancelled,
                                                   AnswerOutcome::not_started, AnswerOutcome::skipped};

/// The outcome's word in JSON: its own name, as in "timed_out".
std::string_view to_string(AnswerOutcome outcome) noexcept;

struct PeerAnswer {
  std::string peer{};
  std::string address{};  // as the roster shows it
  AnswerOutcome outcome = AnswerOutcome::not_started;
  double elapsed_ms = 0;  // from the start of the question to this outcome
  std::string text{};     // the answer, JSON or plain; "" if there is none
  StatusCode code = StatusCode::ok;  // `ok`: none is known
  std::string error{};    // the reason in words; "" when there is none
};

struct Answers {
  std::string question{};          // its name
  std::uint64_t roster_epoch = 0;  // of the roster that was asked; 0: a fixed list
  double elapsed_ms = 0;
  std::optional<double> deadline_ms{};  // from the start; nothing if it had none
  std::string policy{};                 // in words, such as "all" or "quorum 3"
  bool satisfied = false;               // the policy was
  std::vector<PeerAnswer> answers{};    // one per receiver

  std::size_t receivers() const noexcept { return answers.size(); }

  /// How many receivers ended so.
  std::size_t count(AnswerOutcome outcome) const;
};

/// An answer with the keys peer, address, outcome, elapsed_ms, answer, code, error, in this order. `answer` is null if
/// there is none; JSON if the text is a JSON object or array within JsonRules; else the text. Times are rounded to
/// microseconds. Texts are repaired to UTF-8, so dump() cannot fail.
nlohmann::ordered_json to_json(const PeerAnswer& answer);

/// All of them with the keys question, roster_epoch (unless it is 0), receivers, elapsed_ms, deadline_ms (null if
/// none), policy, satisfied, counts{one per outcome}, answers[], in this order.
nlohmann::ordered_json to_json(const Answers& answers);

}  // namespace exocast
