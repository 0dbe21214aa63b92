// SPDX-License-Identifier: Apache-2.0
#pragma once
// Answers: the report of a question. It has exactly one outcome per receiver of a known roster, so a caller can tell
// whether the answers are complete.
//
//   Answers answers = co_await asker.ask(Question::version());
//   for (const PeerAnswer& answer : answers.outcomes) print("{}: {}", answer.peer, answer.text);
//
// Plain values and pure functions, safe from any thread.

#include <array>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "exocast/report.h"

namespace exocast {

/// The outcome of a question at one receiver.
struct PeerAnswer {
  /// The subject of the report.
  struct Subject {
    std::string question{};  ///< Question::name()
  };
  /// Its possible outcomes, in the order in which they are counted and printed.
  static constexpr std::array all_outcomes = {PeerOutcome::answered,  PeerOutcome::failed,      PeerOutcome::timed_out,
                                              PeerOutcome::cancelled, PeerOutcome::not_started, PeerOutcome::skipped};

  std::string peer{};                              ///< Destination::id
  std::string address{};                           ///< Destination::address
  PeerOutcome outcome = PeerOutcome::not_started;  ///< one of all_outcomes
  double elapsed_ms = 0;                           ///< from the start of the question to this outcome
  std::string text{};                              ///< the answer, JSON or plain; "" if there is none
  StatusCode code = StatusCode::ok;                ///< why there is no answer; `ok`: no code is known
  std::string error{};                             ///< the reason in words; "" if there is none
};

/// The report of a question.
using Answers = ReportOf<PeerAnswer>;

/// An answer with the keys peer, address, outcome, elapsed_ms, answer, code, error, in this order. `answer` is null if
/// there is none; JSON if the text is a JSON object or array within JsonRules; else the text. Times are rounded to
/// microseconds. Texts are repaired to UTF-8, so dump() cannot fail.
nlohmann::ordered_json to_json(const PeerAnswer& answer);

/// The report with the keys question, roster_epoch (unless it is 0), receivers, elapsed_ms, deadline_ms (null if
/// none), policy, satisfied, counts{one per outcome}, answers[], in this order.
nlohmann::ordered_json to_json(const Answers& answers);

/// The answers for people: one entry "peers: text" for each different answer and for each different reason why there is
/// none, in the order of the receivers; then the summary. A text of several lines follows below, indented. Nothing is
/// cut. `colour`: ANSI colours for the outcomes, for terminals only. Text of peers is made safe to print.
std::string to_table(const Answers& answers, bool colour = false);

/// The summary alone, without line end: "7/8 answered, 1 timed out in 1001.2 ms"; the epoch if the roster has one, and
/// the policy if it was not satisfied.
std::string to_summary(const Answers& answers);

}  // namespace exocast
