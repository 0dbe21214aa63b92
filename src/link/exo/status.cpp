// SPDX-License-Identifier: Apache-2.0
#include "link/exo/status.h"

#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/text.h"

namespace exocast {
namespace {

/// Shortens gRPC's text about a failed connection to what is new for the reader. Other texts stay unchanged.
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

Status from_grpc(const grpc::Status& status) {
  const auto number = static_cast<std::size_t>(status.error_code());
  constexpr auto last = static_cast<std::size_t>(StatusCode::unauthenticated);
  return {number <= last ? static_cast<StatusCode>(number) : StatusCode::unknown,
          to_line(in_short(status.error_message()))};
}

grpc::Status to_grpc(const Status& error) {
  const StatusCode code = error.code == StatusCode::ok ? StatusCode::unknown : error.code;
  return {static_cast<grpc::StatusCode>(code), to_line(error.text)};
}

}  // namespace exocast
