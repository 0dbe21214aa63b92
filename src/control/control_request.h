// SPDX-License-Identifier: Apache-2.0
#pragma once
// The requests of a node's control socket, and their encoding as lines of JSON (docs/control.md).
//
// Both ends use this, so each can read what the other writes. Plain values and pure functions, safe from any thread.

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

/// The protocol's version: the value of "v" in every request.
inline constexpr int control_version = 1;

/// The longest request line. A status, a list of tokens or data has to fit into it.
inline constexpr std::size_t control_request_bytes_max = std::size_t{1} << 20;

/// The longest answer line.
inline constexpr std::size_t control_answer_bytes_max = std::size_t{8} << 20;

/// The most requests, and their bytes, that a connection may have waiting behind the one under way.
inline constexpr std::size_t control_ahead_max = 64;
inline constexpr std::size_t control_ahead_bytes_max = control_request_bytes_max;

/// The most sends of our own client that have not begun; together they have at most control_ahead_bytes_max. They are
/// fewer than the node reads ahead, so that it always reads a `cancel` behind them.
inline constexpr std::size_t control_window = 32;

/// Asks for the node's identity.
struct InfoRequest {
  bool operator==(const InfoRequest&) const = default;
};

/// Asks for the node's peers.
struct PeersRequest {
  bool operator==(const PeersRequest&) const = default;
};

/// Asks for the cluster's topology; the node asks all its peers at the same time.
struct TopologyRequest {
  Duration timeout = std::chrono::seconds(5);  ///< for the whole request; above 0, up to 24 h

  bool operator==(const TopologyRequest&) const = default;
};

/// Asks a question to the node's peers; the fields as in AskOptions.
struct AskRequest {
  Question question;
  Duration timeout = std::chrono::seconds(5);  ///< above 0, up to 24 h
  std::size_t limit = 65'536;                  ///< 1..65,536
  std::optional<std::size_t> quorum = std::nullopt;
  bool progress = false;  ///< report the number of settled receivers
};

/// Asks for the messages that the node receives from now on, until the request is cancelled.
struct WatchRequest {
  std::optional<std::string> request_id = std::nullopt;  ///< only messages with this id
  std::optional<std::string> topic = std::nullopt;       ///< only data of this topic
  bool stable = false;  ///< report of each message whether every receiver has it, once that is known
  bool replay = false;  ///< before them, what the peers have kept

  bool operator==(const WatchRequest&) const = default;
};

/// Broadcasts to the node's peers; the fields as in BroadcastOptions.
struct SendRequest {
  Message message;
  Duration timeout = std::chrono::seconds(15);  ///< above 0, up to 24 h
  std::size_t limit = 65'536;                   ///< 1..65,536
  std::optional<std::size_t> quorum = std::nullopt;
  bool progress = false;  ///< report the number of settled receivers
};

/// Ends the current request, or the sends that came before it, which then report their results so far. No effect if
/// there is none.
struct CancelRequest {
  bool operator==(const CancelRequest&) const = default;
};

using ControlRequest =
    std::variant<InfoRequest, PeersRequest, TopologyRequest, AskRequest, WatchRequest, SendRequest, CancelRequest>;

/// The request as a line, without the line end.
std::string encode(const ControlRequest& request);

/// The request in `line`. The error is one printable line: invalid JSON, another version, an unknown request, or a key
/// that is missing, unknown or has a wrong value.
std::expected<ControlRequest, std::string> parse_control_request(std::string_view line);

}  // namespace exocast
