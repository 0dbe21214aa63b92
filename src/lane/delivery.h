// SPDX-License-Identifier: Apache-2.0
#pragma once
// Delivery: one message to one peer, and its outcome in a report. Shared by all ways of broadcasting.
// Plain functions of values; threading as the link's.

#include <cstddef>
#include <expected>

#include "exocast/gather/outcome.h"
#include "exocast/report.h"
#include "exocast/roster.h"

namespace exocast {

/// Why a peer has not confirmed a message: the outcome and the reason.
struct DeliveryError {
  PeerOutcome outcome;
  Status error;
};
using Delivery = std::expected<void, DeliveryError>;
using DeliveryEnd = OutcomeOf<Delivery>;

/// Why a message must not be given to `to`'s link: it is over the link's limit (too_large), or there is no link
/// (skipped). No error if it may.
std::expected<void, DeliveryError> deliverable(const Destination& to, std::size_t message_bytes);

/// The outcome for a link's error at `now`: DEADLINE_EXCEEDED once `deadline` has come is a time-out; anything else,
/// including a peer's own earlier DEADLINE_EXCEEDED, is a failure. `timeout`, for the text, is the one that led to
/// `deadline`.
DeliveryError to_delivery_error(Status error, Deadline deadline, TimePoint now, Duration timeout);

/// An outcome for a message that was deliberately not sent: the reason's code, or "", and its text.
DeliveryError skipped(StatusCode code, std::string text);

/// The error for an exception that a link has thrown.
Status error_of(const std::exception_ptr& thrown);

/// How far a delivery has come.
enum class Stage : unsigned char {
  waiting,  ///< waiting for a place
  blocked,  ///< waiting for earlier messages to the same peer
  sent,     ///< given to the link
};

/// The outcome of a delivery that a gather ran; `delivered` with an empty error on success. A delivery stopped before
/// it was sent is `not_started`. `timeout`, for the text, is that of the gather.
DeliveryError describe(const DeliveryEnd& end, Stage stage, Duration timeout);

/// The same for a `reason` other than a value or an error.
DeliveryError describe(Reason reason, Stage stage, Duration timeout);

/// The report's row for `to`; `elapsed` since the start of the broadcast.
PeerReport to_row(const Destination& to, DeliveryError end, Duration elapsed);

/// A duration in the unit of reports.
double to_ms(Duration duration) noexcept;

}  // namespace exocast
