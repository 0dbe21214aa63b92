// SPDX-License-Identifier: Apache-2.0
#pragma once
// Report: who got a broadcast. Exactly one outcome per receiver, in the order of the receivers.
//
// The report is the product: whatever happens to a receiver ends up here as one word, a time and a reason. Counts and
// the first error are computed from the outcomes, so they cannot disagree with them.
// Plain values, safe from any thread. report_table.h prints one for people.

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

/// What became of a message at one receiver.
enum class DeliveryOutcome : std::uint8_t {
  delivered,    ///< the receiver's handler accepted it
  failed,       ///< the link or the receiver said no; `code` and `error` tell
  timed_out,    ///< no answer by the deadline; the receiver may or may not have it
  cancelled,    ///< stopped because the policy was decided or the caller gave up
  not_started,  ///< never sent: the broadcast was over before its turn came
  skipped,      ///< deliberately not sent; `error` tells why
  too_large,    ///< refused before sending: over the link's message limit
};

/// All outcomes, in the order in which they are counted and printed.
inline constexpr std::array all_outcomes = {
    DeliveryOutcome::delivered,   DeliveryOutcome::failed,  DeliveryOutcome::timed_out, DeliveryOutcome::cancelled,
    DeliveryOutcome::not_started, DeliveryOutcome::skipped, DeliveryOutcome::too_large};

/// The outcome's word in JSON: its own name, as in "timed_out".
std::string_view to_string(DeliveryOutcome outcome) noexcept;

struct PeerReport {
  std::string peer{};
  std::string address{};  // host:port
  std::string link{};     // the kind of link, such as "exo"
  DeliveryOutcome outcome = DeliveryOutcome::not_started;
  double elapsed_ms = 0;  // from the start of the broadcast to this outcome
  StatusCode code = StatusCode::ok;  // `ok`: none is known
  std::string error{};    // the reason in words; "" when there is none
  /// How the peer stood when the report was made: "healthy", "slow", "stalled", "gone"; "" if nobody knows.
  std::string_view state{};

  /// Whether the state is worth saying.
  bool stands_badly() const noexcept { return !state.empty() && state != "healthy"; }
};

/// How many receivers ended with each outcome.
class OutcomeCounts {
 public:
  std::size_t& operator[](DeliveryOutcome outcome) { return counts_.at(static_cast<std::size_t>(outcome)); }
  std::size_t operator[](DeliveryOutcome outcome) const { return counts_.at(static_cast<std::size_t>(outcome)); }

 private:
  std::array<std::size_t, all_outcomes.size()> counts_{};
};

struct Report {
  std::string broadcast_id{};
  std::uint64_t roster_epoch = 0;  // of the roster it went to; 0: a fixed list
  MessageKind message_kind = MessageKind::tokens;
  std::size_t message_bytes = 0;  // Message::bytes()
  double elapsed_ms = 0;
  std::optional<double> deadline_ms{};  // from the start of the broadcast; nothing if it had none
  std::string policy{};                 // in words, such as "all" or "quorum 3"
  bool satisfied = false;               // the policy was
  std::vector<PeerReport> outcomes{};   // one per receiver

  std::size_t receivers() const noexcept { return outcomes.size(); }
  OutcomeCounts counts() const;

  /// The outcome to look at first: of those failed, timed_out, too_large or skipped the earliest (of equals the first).
  /// Null if there is none. Points into `outcomes`.
  const PeerReport* first_error() const;
};

/// The report with the keys broadcast_id, message{kind,bytes}, roster_epoch (unless it is 0), receivers, elapsed_ms,
/// deadline_ms (null if none), policy, satisfied, counts{one per outcome},
/// outcomes[{peer,address,link,outcome,elapsed_ms,code,error}], in this order; and a receiver's "state" if it stands
/// badly. Times are rounded to microseconds. Texts are repaired to UTF-8,
/// so dump() cannot fail.
nlohmann::ordered_json to_json(const Report& report);

}  // namespace exocast
