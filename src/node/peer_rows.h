// SPDX-License-Identifier: Apache-2.0
#pragma once
// PeerRow: a peer as `exocast peers` shows it: its identity, link and state.
// Plain values; call peers_of() inside the node's loop, the others anywhere.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "exocast/lane_options.h"

namespace exocast {

class Node;

struct PeerRow {
  std::string id;
  std::string address;  ///< host:port
  std::string link;     ///< the kind of link, such as "native"; "" if none is in use
  /// "healthy", "suspect" (an answer is overdue), "gone" (it cannot be reached), "left" (it said goodbye), or
  /// "unknown": nothing has been sent to it yet.
  std::string state;
  std::optional<double> since_s;  ///< time in this state; nothing if unknown
  std::string source;             ///< how it was found: "file" for a list by hand
  std::string error;              ///< why it is not healthy; "" if unknown
};

/// The state of a peer that takes messages as `health` says.
std::string_view standing(PeerState health) noexcept;

/// The node's peers, in the order of its roster.
std::vector<PeerRow> peers_of(Node& node);

/// {"id":…,"address":…,"link":…,"state":…,"since_s":…,"source":…} and "error" if there is one; since_s is null if
/// unknown. Texts are repaired to UTF-8, so dump() cannot fail.
nlohmann::ordered_json to_json(const PeerRow& row);

}  // namespace exocast
