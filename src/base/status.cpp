// SPDX-License-Identifier: Apache-2.0
#include "exocast/status.h"

#include <algorithm>
#include <array>

namespace exocast {
namespace {

// By number.
constexpr std::array<std::string_view, 17> names = {
    "",          "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

}  // namespace

std::string_view to_string(StatusCode code) noexcept { return names[static_cast<std::size_t>(code)]; }

StatusCode status_code_of(std::string_view name) noexcept {
  const auto* const found = std::ranges::find(names, name);
  return found == names.end() ? StatusCode::unknown : static_cast<StatusCode>(found - names.begin());
}

std::string to_string(const Status& status) {
  std::string words(to_string(status.code));
  if (!words.empty() && !status.text.empty()) words += ": ";
  return words += status.text;
}

}  // namespace exocast
