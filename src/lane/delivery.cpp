// SPDX-License-Identifier: Apache-2.0
#include "lane/delivery.h"

#include <chrono>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

namespace exocast {
namespace {

/// Transports have their own clock and rounding (gRPC: milliseconds), and our loop reads its clock once per turn. So a
/// DEADLINE_EXCEEDED this much early still counts as the deadline.
constexpr Duration deadline_slack = std::chrono::milliseconds(5);

std::string within(Duration timeout) {
  return timeout == Duration::max() ? "in time" : fmt::format("within {:g} ms", to_ms(timeout));
}

std::string_view why_ended(Reason reason) {
  switch (reason) {
    case Reason::enough_succeeded:
      return "enough others had succeeded";
    case Reason::too_many_failed:
      return "too many others had failed";
    case Reason::cancelled:
      return "the caller stopped it";
    default:
      return "it was over";
  }
}

DeliveryError timed_out(Duration timeout) {
  return {PeerOutcome::timed_out, Status::deadline_exceeded(fmt::format("no answer {}", within(timeout)))};
}

DeliveryError describe_unsent(Reason reason, Stage stage, Duration timeout) {
  std::string why = "not sent: ";
  if (reason != Reason::timed_out) {
    why += why_ended(reason);
  } else if (stage == Stage::blocked) {
    why += fmt::format("earlier messages to this peer were not answered {}", within(timeout));
  } else {
    why += fmt::format("no send slot became free {}", within(timeout));
  }
  return {PeerOutcome::not_started, {.text = std::move(why)}};
}

}  // namespace

DeliveryError skipped(StatusCode code, std::string text) { return {PeerOutcome::skipped, {code, std::move(text)}}; }

Status error_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& exception) {
    return Status::internal(exception.what());
  } catch (...) {
    return Status::internal("the link threw what is no std::exception");
  }
}

std::expected<void, DeliveryError> deliverable(const Destination& to, std::size_t message_bytes) {
  if (to.link == nullptr) {
    std::string why = to.no_link_reason.empty() ? "there is no link to this peer" : to.no_link_reason;
    return std::unexpected(DeliveryError{PeerOutcome::skipped, {.text = std::move(why)}});
  }
  const std::size_t bytes_max = to.link->message_bytes_max();
  if (message_bytes <= bytes_max) return {};
  return std::unexpected(
      DeliveryError{PeerOutcome::too_large,
                    Status::resource_exhausted(fmt::format(
                        "not sent: the message has {} bytes, this link takes {} at most", message_bytes, bytes_max))});
}

DeliveryError to_delivery_error(Status error, Deadline deadline, TimePoint now, Duration timeout) {
  const bool time_was_left = deadline.left(now) > deadline_slack;
  // One text for all time-outs: whether the link or the gather is first to notice is chance.
  if (error.code == StatusCode::deadline_exceeded && !time_was_left) return timed_out(timeout);
  return {PeerOutcome::failed, std::move(error)};
}

DeliveryError describe(const DeliveryEnd& end, Stage stage, Duration timeout) {
  switch (end.reason()) {
    case Reason::ok:
      return {PeerOutcome::delivered, {}};
    case Reason::error:
      if (end.error() != nullptr) return *end.error();
      return {PeerOutcome::failed, error_of(end.exception())};
    default:
      return describe(end.reason(), stage, timeout);
  }
}

DeliveryError describe(Reason reason, Stage stage, Duration timeout) {
  if (stage != Stage::sent) return describe_unsent(reason, stage, timeout);
  if (reason == Reason::timed_out) return timed_out(timeout);
  return {PeerOutcome::cancelled, Status::cancelled(fmt::format("cancelled: {}", why_ended(reason)))};
}

PeerReport to_row(const Destination& to, DeliveryError end, Duration elapsed) {
  return {.peer = to.id,
          .address = to.address,
          .link = to.link != nullptr ? std::string(to.link->kind()) : std::string(),
          .outcome = end.outcome,
          .elapsed_ms = to_ms(elapsed),
          .code = end.error.code,
          .error = std::move(end.error.text)};
}

double to_ms(Duration duration) noexcept { return std::chrono::duration<double, std::milli>(duration).count(); }

}  // namespace exocast
