// SPDX-License-Identifier: Apache-2.0
#pragma once
// Report: the result of a broadcast. It has exactly one outcome per receiver, in the order of the receivers.
//
//   Report report = co_await broadcaster.broadcast(message, {.timeout = 2s});
//   if (!report.satisfied) std::cerr << to_summary(report) << '\n';
//
// A row has an outcome, a time and a reason. Counts and the first error are computed from the rows, so they cannot
// contradict them. The answers to a question (answers.h) and a collected topology are reports with other rows.
// Plain values and pure functions, safe from any thread.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "exocast/message.h"
#include "exocast/status.h"

namespace exocast {

/// The end of a message, a question or a call at one receiver.
enum class PeerOutcome : std::uint8_t {
  delivered,    ///< of a message: the receiver's handler accepted it
  answered,     ///< of a question or a call: the answer came
  failed,       ///< the link or the receiver returned an error: `code` and `error`
  timed_out,    ///< no answer by the deadline; the receiver may or may not have the message
  cancelled,    ///< stopped because the policy was decided or the caller gave up
  not_started,  ///< not sent: the broadcast ended before its turn
  skipped,      ///< deliberately not sent, as to a peer without a link; the reason is in `error`
  too_large,    ///< of a message: refused before sending, over the link's message limit
};

/// The name of the enumerator, as in JSON: "timed_out".
std::string_view to_string(PeerOutcome outcome) noexcept;

/// The number of receivers with each outcome.
class OutcomeCounts {
 public:
  /// The number for `outcome`, to be changed.
  std::size_t& operator[](PeerOutcome outcome) { return counts_.at(static_cast<std::size_t>(outcome)); }
  /// The number for `outcome`.
  std::size_t operator[](PeerOutcome outcome) const { return counts_.at(static_cast<std::size_t>(outcome)); }

 private:
  std::array<std::size_t, static_cast<std::size_t>(PeerOutcome::too_large) + 1> counts_{};
};

/// The part that all reports share. A row has at least `peer`, `address`, `outcome`, `elapsed_ms`, `code` and `error`.
/// `Row::Subject` describes the subject of the report; `Row::all_outcomes` are the possible outcomes of a row, in the
/// order in which they are counted and printed.
template <class Row>
struct ReportOf : Row::Subject {
  std::uint64_t roster_epoch = 0;       ///< Roster::epoch(); 0: a fixed list
  double elapsed_ms = 0;                ///< from the start to the report
  std::optional<double> deadline_ms{};  ///< from the start; nullopt: it had no deadline
  std::string policy{};                 ///< as to_words() prints it: "all", "quorum 3"
  bool satisfied = false;               ///< whether the policy was satisfied
  std::vector<Row> outcomes{};          ///< one per receiver, in the order of the roster

  std::size_t receivers() const noexcept { return outcomes.size(); }  ///< number of receivers

  /// Counts the rows by outcome.
  OutcomeCounts counts() const {
    OutcomeCounts counts;
    for (const Row& row : outcomes) ++counts[row.outcome];
    return counts;
  }

  /// The earliest row with the outcome failed, timed_out, too_large or skipped (of equals the first). Null if there is
  /// none. Points into `outcomes`.
  const Row* first_error() const {
    const Row* first = nullptr;
    for (const Row& row : outcomes) {
      using enum PeerOutcome;
      const bool is_error =
          row.outcome == failed || row.outcome == timed_out || row.outcome == too_large || row.outcome == skipped;
      if (is_error && (!first || row.elapsed_ms < first->elapsed_ms)) first = &row;
    }
    return first;
  }
};

/// The outcome of a broadcast at one receiver.
struct PeerReport {
  /// The subject of the report.
  struct Subject {
    std::string broadcast_id{};                      ///< made by BroadcastIds
    MessageKind message_kind = MessageKind::tokens;  ///< Message::kind()
    std::size_t message_bytes = 0;                   ///< Message::bytes()
  };
  /// Its possible outcomes, in the order in which they are counted and printed.
  static constexpr std::array all_outcomes = {PeerOutcome::delivered, PeerOutcome::failed,      PeerOutcome::timed_out,
                                              PeerOutcome::cancelled, PeerOutcome::not_started, PeerOutcome::skipped,
                                              PeerOutcome::too_large};

  std::string peer{};                              ///< Destination::id
  std::string address{};                           ///< Destination::address
  std::string link{};                              ///< Link::kind()
  PeerOutcome outcome = PeerOutcome::not_started;  ///< one of all_outcomes
  double elapsed_ms = 0;                           ///< from the start of the broadcast to this outcome
  StatusCode code = StatusCode::ok;                ///< why it was not delivered; `ok`: no code is known
  std::string error{};                             ///< the reason in words; "" if there is none
  std::string_view state{};                        ///< name of the PeerState at the time of the report; "": not known

  /// True if `state` is known and is not healthy; then the report is printed with it.
  bool stands_badly() const noexcept { return !state.empty() && state != "healthy"; }
};

/// The report of a broadcast.
using Report = ReportOf<PeerReport>;

/// The report with the keys broadcast_id, message{kind,bytes}, roster_epoch (unless it is 0), receivers, elapsed_ms,
/// deadline_ms (null if none), policy, satisfied, counts{one per outcome},
/// outcomes[{peer,address,link,outcome,elapsed_ms,code,error}], in this order; and a receiver's "state" if it stands
/// badly. Times are rounded to microseconds. Texts are repaired to UTF-8, so dump() cannot fail.
nlohmann::ordered_json to_json(const Report& report);

/// How a report is printed as a table.
struct TableStyle {
  bool colour = false;         ///< ANSI colours for the outcomes; for terminals only
  std::size_t width = 0;       ///< columns of the terminal: longer rows are cut with "…"; 0: never cut
  std::size_t fold_over = 20;  ///< with more receivers than this, equal rows are folded
};

/// The report as a table with its heading and summary, each line ended by a newline. With more receivers than
/// `fold_over`, those with the same outcome, link and reason share a row ("n[1-97,99]"). The summary is never cut. Text
/// of peers is made safe to print.
std::string to_table(const Report& report, const TableStyle& style = {});

/// The summary line alone, without line end: "7/8 delivered, 1 timed out in 1001.2 ms; first error: n3: …", and the
/// policy if it was not satisfied.
std::string to_summary(const Report& report);

}  // namespace exocast
