// SPDX-License-Identifier: Apache-2.0
#pragma once
// Status: the reason of a failure: a code for programs and one line of text for people.
//
//   std::expected<void, Status> result = co_await link.deliver(message, deadline);
//   if (!result && result.error().code == StatusCode::unavailable) connect_again();
//   return std::unexpected(Status::not_found(fmt::format("no peer '{}'", id)));
//
// A plain value, safe from any thread.

#include <cstdint>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace exocast {

/// The codes of gRPC (https://grpc.io/docs/guides/status-codes), with its numbers, on every kind of link.
enum class StatusCode : std::uint8_t {
  ok,                   ///< no failure; in a failure: no code fits, see the text
  cancelled,            ///< the caller gave up
  unknown,              ///< an error of a kind that is not listed here
  invalid_argument,     ///< the request can never succeed
  deadline_exceeded,    ///< no answer by the deadline
  not_found,            ///< the requested thing does not exist
  already_exists,       ///< the thing to be made exists already
  permission_denied,    ///< the caller may not do this
  resource_exhausted,   ///< a limit was reached: a queue, a size, a quota
  failed_precondition,  ///< the system is not in the required state
  aborted,              ///< a conflict with another operation
  out_of_range,         ///< past the valid range
  unimplemented,        ///< the peer, or this kind of link, cannot do this
  internal,             ///< a bug
  unavailable,          ///< the peer cannot be reached; trying again may help
  data_loss,            ///< data was lost or damaged for good
  unauthenticated,      ///< the caller has not proved who it is
};

/// The name of the code, as in gRPC, reports and JSON: "UNAVAILABLE"; "" for `ok`.
std::string_view to_string(StatusCode code) noexcept;

/// The code with that name; `ok` for "", `unknown` for any other text.
StatusCode status_code_of(std::string_view name) noexcept;

/// Prints the name of the code; for the messages of tests.
inline std::ostream& operator<<(std::ostream& out, StatusCode code) { return out << to_string(code); }

/// The reason of a failure.
struct Status {
  StatusCode code = StatusCode::ok;  ///< for programs
  std::string text{};                ///< for people; may be empty

  /// @{
  /// A status with the code of this name, and `text`.
  static Status cancelled(std::string text) { return {StatusCode::cancelled, std::move(text)}; }
  static Status unknown(std::string text) { return {StatusCode::unknown, std::move(text)}; }
  static Status invalid_argument(std::string text) { return {StatusCode::invalid_argument, std::move(text)}; }
  static Status deadline_exceeded(std::string text) { return {StatusCode::deadline_exceeded, std::move(text)}; }
  static Status not_found(std::string text) { return {StatusCode::not_found, std::move(text)}; }
  static Status resource_exhausted(std::string text) { return {StatusCode::resource_exhausted, std::move(text)}; }
  static Status unimplemented(std::string text) { return {StatusCode::unimplemented, std::move(text)}; }
  static Status internal(std::string text) { return {StatusCode::internal, std::move(text)}; }
  static Status unavailable(std::string text) { return {StatusCode::unavailable, std::move(text)}; }
  /// @}

  /// Compares code and text.
  friend bool operator==(const Status&, const Status&) = default;
};

/// The name of the code and the text: "UNAVAILABLE: no route to host"; one of them alone if the other is empty.
std::string to_string(const Status& status);

}  // namespace exocast
