// SPDX-License-Identifier: Apache-2.0
#pragma once
// What may be asked of a node over its control socket, and each as the line of JSON that asks it (docs/control.md).
//
// Both ends use this, so what one writes the other reads. Plain values and pure functions, safe from any thread.

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "exocast/gather/deadline.h"
#include "exocast/message.h"
#include "exocast/question.h"

namespace exocast {

/// The protocol's version: what every request names as "v".
inline constexpr int control_version = 1;

/// Of a request's line. A status or a list of tokens has to fit into it.
inline constexpr std::size_t control_request_bytes_max = std::size_t{1} << 20;

/// Of an answer's line.
inline constexpr std::size_t control_answer_bytes_max = std::size_t{8} << 20;

/// Who the node is.
struct InfoRequest {
  bool operator==(const InfoRequest&) const = default;
};

/// Whom it knows.
struct PeersRequest {
  bool operator==(const PeersRequest&) const = default;
};

/// The cluster's topology, asked of all its peers at once.
struct TopologyRequest {
  Duration timeout = std::chrono::seconds(5);  ///< of the whole, above 0, 24 h at most

  bool operator==(const TopologyRequest&) const = default;
};

/// What its peers answer to a question; the fields as in AskOptions.
struct AskRequest {
  Question question;
  Duration timeout = std::chrono::seconds(5);  ///< above 0, 24 h at most
  std::size_t limit = 64;                      ///< 1..65,536
  std::optional<std::size_t> quorum = std::nullopt;
  bool progress = false;  ///< tell how many receivers have settled
};

/// What it receives from now on, until the request is cancelled.
struct WatchRequest {
  std::optional<std::string> request_id = std::nullopt;  ///< only messages of this one

  bool operator==(const WatchRequest&) const = default;
};

/// A broadcast to its peers; the fields as in BroadcastOptions.
struct SendRequest {
  Message message;
  Duration timeout = std::chrono::seconds(15);  ///< above 0, 24 h at most
  std::size_t limit = 64;                       ///< 1..65,536
  std::optional<std::size_t> quorum = std::nullopt;
  bool progress = false;  ///< tell how many receivers have settled
};

/// Ends the request that is under way, which then says what was achieved. Without one it does nothing.
struct CancelRequest {
  bool operator==(const CancelRequest&) const = default;
};

using ControlRequest =
    std::variant<InfoRequest, PeersRequest, TopologyRequest, AskRequest, WatchRequest, SendRequest, CancelRequest>;

/// The request as a line, without line end.
std::string encode(const ControlRequest& request);

/// The request in `line`; else one printable line on what is wrong: no JSON, another version, an unknown request, a key
/// that is missing, unknown or has a wrong value.
std::expected<ControlRequest, std::string> parse_control_request(std::string_view line);

}  // namespace exocast
