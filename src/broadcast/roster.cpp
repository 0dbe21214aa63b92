// SPDX-License-Identifier: Apache-2.0
#include "exocast/roster.h"

#include <string_view>
#include <unordered_set>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "exocast/ids.h"

namespace exocast {

std::expected<Roster, std::string> Roster::make(std::vector<Destination> destinations, std::uint64_t epoch) {
  std::unordered_set<std::string_view> ids;
  for (const Destination& destination : destinations) {
    if (const auto fault = peer_id_fault(destination.id)) {
      return std::unexpected(fmt::format("the peer at '{}': {}", to_line(destination.address), *fault));
    }
    if (!ids.insert(destination.id).second) {
      return std::unexpected(
          fmt::format("peer id '{}' occurs twice; a report could not tell the two apart", destination.id));
    }
  }
  return Roster(std::move(destinations), epoch);
}

}  // namespace exocast
