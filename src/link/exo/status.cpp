// SPDX-License-Identifier: Apache-2.0
#include "link/exo/status.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/text.h"

namespace exocast {
namespace {

// By number, as gRPC's protocol defines them.
constexpr std::array<std::string_view, 17> names = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

/// gRPC's words on a connection that failed, without what the reader knows already. Other texts stay as they are.
std::string in_short(std::string_view text) {
  const std::size_t colon = text.rfind(": ");
  if (colon == std::string_view::npos) return std::string(text);
  const std::string_view cause = text.substr(colon + 2);
  constexpr std::string_view connecting = "failed to connect to all addresses; last error: ";
  if (text.starts_with(connecting)) return fmt::format("cannot connect: {}", cause);
  constexpr std::string_view resolving = "DNS resolution failed for ";
  if (!text.starts_with(resolving)) return std::string(text);
  text.remove_prefix(resolving.size());
  return fmt::format("cannot resolve {}: {}", text.substr(0, text.find(": ")), cause);
}

}  // namespace

std::string_view code_name(grpc::StatusCode code) noexcept {
  const auto number = static_cast<std::size_t>(code);
  return number < names.size() ? names[number] : names[grpc::StatusCode::UNKNOWN];
}

grpc::StatusCode code_named(std::string_view name) noexcept {
  const auto* const found = std::find(names.begin() + 1, names.end(), name);
  return found != names.end() ? static_cast<grpc::StatusCode>(found - names.begin()) : grpc::StatusCode::UNKNOWN;
}

LinkError link_error(const grpc::Status& status) {
  return {.code = std::string(code_name(status.error_code())), .text = to_line(in_short(status.error_message()))};
}

grpc::Status status_of(const LinkError& error) { return {code_named(error.code), to_line(error.text)}; }

}  // namespace exocast
