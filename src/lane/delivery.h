// SPDX-License-Identifier: Apache-2.0
#pragma once
// Delivery: one message to one peer, and how its end is said in a report. What every way of broadcasting has in common.
// Plain functions of values; threading as the link's.

#include <cstddef>
#include <expected>

#include "exocast/gather/outcome.h"
#include "exocast/report.h"
#include "exocast/roster.h"

namespace exocast {

/// Why a peer has not confirmed a message: the word of the report, and the reason.
struct DeliveryError {
  PeerOutcome outcome;
  Status error;
};
using Delivery = std::expected<void, DeliveryError>;
using DeliveryEnd = OutcomeOf<Delivery>;

/// What must not be given to `to`'s link: a message over its limit (too_large), or any message when it has no link
/// (skipped). Nothing if there is no such reason.
std::expected<void, DeliveryError> deliverable(const Destination& to, std::size_t message_bytes);

/// What a link's error that came at `now` means for the report: DEADLINE_EXCEEDED when `deadline` has come is a
/// time-out, anything else, also a peer's own DEADLINE_EXCEEDED before that, a failure. `timeout`, for the text, is
/// what led to `deadline`.
DeliveryError to_delivery_error(Status error, Deadline deadline, TimePoint now, Duration timeout);

/// Not sent, deliberately: `code` of why, or "", and the reason in words.
DeliveryError skipped(StatusCode code, std::string text);

/// What a link that threw has to say.
Status error_of(const std::exception_ptr& thrown);

/// How far a delivery has come.
enum class Stage : unsigned char {
  waiting,  ///< for a place
  blocked,  ///< waiting for earlier messages to the same peer
  sent,     ///< given to the link
};

/// How a delivery ended that a gather ran, in a report's terms; `delivered` with an empty error for a success. What is
/// stopped before it is sent is `not_started`. `timeout`, for the text, is that of the gather.
DeliveryError describe(const DeliveryEnd& end, Stage stage, Duration timeout);

/// The same for a `reason` other than a value or an error.
DeliveryError describe(Reason reason, Stage stage, Duration timeout);

/// The report's line on `to`; `elapsed` since the broadcast began.
PeerReport to_row(const Destination& to, DeliveryError end, Duration elapsed);

/// A duration as reports have it.
double to_ms(Duration duration) noexcept;

}  // namespace exocast
