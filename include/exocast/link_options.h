// SPDX-License-Identifier: Apache-2.0
#pragma once
// Options of the servers and links of a node. The defaults suit a cluster of exo's and exocast's nodes.
//
//   NodeOptions options{.id = "n1", .listen = *parse_address("0.0.0.0:50051")};
//   options.links.client.connect_timeout = 2s;
//
// Sizes are bytes. All durations are positive. Plain values, safe from any thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "exocast/backoff_limits.h"
#include "exocast/gather/deadline.h"

namespace exocast {

/// How a TCP connection detects that its peer is gone.
struct TcpOptions {
  /// Idle time after which the connection is probed, 1 s or more. Default: exo's.
  Duration keepalive_interval = std::chrono::seconds(20);
  /// The connection ends when probes or sent bytes are not acknowledged for this time, 1 s or more. Default: gRPC's.
  Duration keepalive_timeout = std::chrono::seconds(20);
};

/// A TCP port that accepts native links.
struct TcpListenerOptions {
  std::size_t connections_max = 4096;  ///< open connections, 1 or more; further ones wait in the system's backlog
  int backlog_max = 4096;              ///< connections in that backlog, 1 or more; the system may allow fewer
  Duration retry_interval = std::chrono::milliseconds(100);  ///< while the process is out of descriptors or memory
  TcpOptions stream = {};                                    ///< of each accepted connection
};

/// The receiving end of native links.
struct NativeReceiverOptions {
  std::string node_id = {};                                ///< this node's id, sent to senders; set by the node if ""
  std::size_t message_bytes_max = std::size_t{256} << 20;  ///< of one message
  std::size_t window_messages = 4096;                      ///< unanswered messages of a session, 256 to 4,096
  std::size_t window_bytes = std::size_t{4} << 20;         ///< and their bytes; a single message may be larger
  std::size_t read_buffer_bytes = std::size_t{64} << 10;   ///< of a connection; grows for a larger frame, then shrinks
  /// A larger message is decoded and checked outside of the loop, which goes on meanwhile.
  std::size_t decode_inline_bytes_max = std::size_t{1} << 20;
  /// All read buffers together. A connection whose larger frame would exceed this is closed.
  std::size_t receiving_bytes_max = std::size_t{1} << 30;
  std::size_t connections_max = 4096;  ///< open connections; a further one is closed at once
  /// Sessions that are remembered. For a further one the session that was unconnected longest is forgotten.
  std::size_t sessions_max = 4096;
  Duration hello_timeout = std::chrono::seconds(10);   ///< from a connection to the sender's Hello
  Duration accept_timeout = std::chrono::seconds(15);  ///< of the handler for one message; then it is asked to stop
  Duration stop_timeout = std::chrono::seconds(1);     ///< from then on; a handler that still runs is abandoned
  /// How long one connection's messages may be handled in a turn of the loop. Then those that are handled are
  /// acknowledged, and the other connections have their turn.
  Duration turn_time_max = std::chrono::milliseconds(10);
  std::uint64_t seed = 0;  ///< of session incarnations; 0: from the operating system
};

/// The server for native links.
struct NativeServerOptions {
  TcpListenerOptions listener = {};     ///< its port
  NativeReceiverOptions receiver = {};  ///< its sessions and messages
};

/// The server of exo's NodeService (gRPC).
struct ExoServerOptions {
  std::size_t message_bytes_max = std::size_t{256} << 20;  ///< of one message, both ways; exo's limit
  int streams_per_connection_max = 100;  ///< calls at a time on a connection; the client delays others; exo's limit
  /// Minimum time between pings. A client that pings more often is disconnected. exo's clients ping every 10 to 20 s.
  Duration ping_interval_min = std::chrono::seconds(5);
  /// A connection that is silent for this time gets a ping, and is closed if no answer comes within the same time.
  Duration keepalive_interval = std::chrono::seconds(30);

  /// The port for native links, reported with each HealthCheck; set by the node if it has one. nullopt: not reported.
  std::optional<std::uint16_t> native_port = std::nullopt;

  /// Calls of each kind that are handled at a time (token results, statuses, HealthChecks, CollectTopologies). Further
  /// calls wait in gRPC.
  std::size_t accepting_max = 1024;
  std::size_t answering_max = 64;  ///< questions that are handled at a time; further ones wait in gRPC
  /// Bytes of messages and questions that are handled at a time. One that does not fit is refused with
  /// RESOURCE_EXHAUSTED; a single one always fits.
  std::size_t accepting_bytes_max = std::size_t{512} << 20;
  std::size_t receiving_bytes_max = std::size_t{1} << 30;  ///< held by gRPC; beyond it gRPC slows down, disconnects
  Duration accept_timeout = std::chrono::seconds(15);  ///< of the handler for one message or question; exo's timeout
  Duration drain_timeout = std::chrono::seconds(1);    ///< how long the destructor waits for calls under way
};

/// Links to peers over exo's NodeService (gRPC).
struct ExoClientOptions {
  std::size_t message_bytes_max = std::size_t{256} << 20;  ///< of one message, both ways; exo's limit
  /// One answer to CollectTopology, uncompressed. The loop parses it. Default: gRPC's limit for any message, enough for
  /// a full mesh of 200 nodes.
  std::size_t topology_bytes_max = std::size_t{4} << 20;
  Duration keepalive_interval = std::chrono::seconds(20);  ///< between pings, with or without calls; exo's interval
  Duration keepalive_timeout = std::chrono::seconds(20);   ///< from a ping to a dead connection; gRPC's default
  bool gzip = false;  ///< compress requests, as exo does; off: short tokens gain little, and every server reads both

  Duration connect_timeout = std::chrono::seconds(10);  ///< of one attempt to connect; exo's timeout
  /// Minimum time between attempts of deliveries to reconnect to an unavailable peer. In between, they fail at once
  /// with the last error.
  Duration reconnect_interval = std::chrono::milliseconds(100);
  /// gRPC itself reconnects after `reconnect_interval`, then less often, up to this interval.
  Duration reconnect_interval_max = std::chrono::seconds(2);
  /// How long a delivery waits for the connection to a peer that was unavailable, so that a dead peer does not delay
  /// every report. The first connection may take until the delivery's deadline.
  Duration reconnect_patience = std::chrono::seconds(1);
};

/// A native link to one peer.
struct NativeLinkOptions {
  std::string node_id = {};                                ///< this node's id, sent to the peer; set by the node if ""
  std::string peer_id = {};                                ///< a peer with another id is refused; "": any peer
  std::size_t message_bytes_max = std::size_t{256} << 20;  ///< of one sent message; the peer may accept less
  /// Unanswered messages on each of its up to four connections, 256 to 4,096; the peer may accept fewer.
  std::size_t window_messages = 4096;
  std::size_t window_bytes = std::size_t{4} << 20;  ///< and their bytes; a single message may be larger
  /// Batches that wait for a connection or for room in the window, on each of its up to four connections. A further one is
  /// refused with RESOURCE_EXHAUSTED.
  std::size_t waiting_max = 1024;
  /// While a batch is unanswered, messages that do not fill the next one wait for the answer, this long at most.
  /// Default 1 ms: far more than an answer takes in one room, and far less than a person notices. Zero: they are sent
  /// at once.
  Duration gather_for = std::chrono::milliseconds(1);
  Duration connect_timeout = std::chrono::seconds(10);  ///< of one attempt to connect
  Duration welcome_timeout = std::chrono::seconds(20);  ///< from the Hello to the Welcome; the peer first ends its work
  /// How long batches wait for a lost connection to come back. All end together, so a later batch may wait less. The
  /// first connection may take until the batch's deadline.
  Duration reconnect_patience = std::chrono::seconds(1);
  /// Waits between attempts to connect.
  BackoffLimits backoff = {.first = std::chrono::milliseconds(100), .most = std::chrono::seconds(2)};
  std::uint64_t seed = 0;  ///< of the session's id and the backoff; 0: from the operating system
};

/// The choice between a native link and exo's protocol.
struct NegotiatedLinkOptions {
  Duration native_timeout = std::chrono::seconds(1);          ///< to reach the native port; then exo's protocol is used
  Duration native_retry_interval = std::chrono::seconds(30);  ///< how long it is used before the peer is asked again
};

/// How a node connects to its peers.
struct PeerLinksOptions {
  bool native = true;                      ///< use native links to peers that offer them; false: exo's protocol to all
  ExoClientOptions client = {};            ///< of links over exo's protocol
  NativeLinkOptions native_link = {};      ///< of native links
  TcpOptions tcp = {};                     ///< of native links' connections
  NegotiatedLinkOptions negotiation = {};  ///< of the choice between the two
};

}  // namespace exocast
