// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/claim_id.h"

#include <utility>

#include <fmt/format.h>

namespace exocast {

std::expected<ClaimedId, std::string> claim_id(const std::string& id, bool exactly) {
  constexpr int numbers_max = 1000;
  const int most = exactly ? 1 : numbers_max;
  for (int number = 1;; ++number) {
    std::string next = number == 1 ? id : fmt::format("{}-{}", id, number);
    auto listener = ControlListener::claim(next);
    if (listener) return ClaimedId{.id = std::move(next), .listener = *std::move(listener)};
    if (!listener.error().taken || number == most) return std::unexpected(std::move(listener.error().text));
  }
}

}  // namespace exocast
