// SPDX-License-Identifier: Apache-2.0
#pragma once
// Options of the servers and links of a node. The defaults suit a cluster of exo's and exocast's nodes.
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

/// How a TCP connection finds out that its peer is gone.
struct TcpOptions {
  /// A connection at rest for so long is probed. 1 s or more. exo's interval.
  Duration keepalive_interval = std::chrono::seconds(20);
  /// Probes, or bytes sent, that are not acknowledged for so long end the connection. 1 s or more. gRPC's default.
  Duration keepalive_timeout = std::chrono::seconds(20);
};

/// A TCP port at which native links are taken.
struct TcpListenerOptions {
  /// Connections at a time. 1 or more.
  std::size_t connections_max = 4096;
  /// Connections that the system keeps waiting; the system may allow less. 1 or more.
  int backlog_max = 4096;
  /// How long until it tries again when the process is out of descriptors or memory.
  Duration retry_interval = std::chrono::milliseconds(100);
  TcpOptions stream = {};
};

/// The receiving end of native links.
struct NativeReceiverOptions {
  std::string node_id = {};  ///< this node's, told to the sender; up to 256 bytes
  /// Of one message.
  std::size_t message_bytes_max = std::size_t{256} << 20;
  /// Messages of a session that may be sent and not answered: 256 to 4,096; and their bytes.
  std::size_t window_messages = 4096;
  std::size_t window_bytes = std::size_t{4} << 20;
  /// Of each connection; it grows for a longer frame, as that comes in, and shrinks again.
  std::size_t read_buffer_bytes = std::size_t{64} << 10;
  /// Of all read buffers together; a connection whose longer frame would take more is closed.
  std::size_t receiving_bytes_max = std::size_t{1} << 30;
  /// Connections at a time; one more is closed at once.
  std::size_t connections_max = 1024;
  /// Sessions that are remembered; for one more the one that has been without a connection for the longest is
  /// forgotten.
  std::size_t sessions_max = 1024;
  /// How long a new connection may take to say who it is.
  Duration hello_timeout = std::chrono::seconds(10);
  /// How long accept() may take; it is then stopped, and abandoned if it does not end within `stop_timeout`.
  Duration accept_timeout = std::chrono::seconds(15);
  Duration stop_timeout = std::chrono::seconds(1);
  /// Of the incarnations; 0: drawn by the operating system.
  std::uint64_t seed = 0;
};

/// What a node that takes native links uses.
struct NativeServerOptions {
  TcpListenerOptions listener = {};
  NativeReceiverOptions receiver = {};
};

/// The server of exo's NodeService (gRPC).
struct ExoServerOptions {
  // What exo's nodes expect.

  /// Of one message, both ways, compressed or not. exo's limit.
  std::size_t message_bytes_max = std::size_t{256} << 20;
  /// Calls at a time on one connection; a client holds back the others. exo's limit.
  int streams_per_connection_max = 100;
  /// Pings may come that often, calls or not; clients that send more are cut off. exo's come every 10 to 20 s.
  Duration ping_interval_min = std::chrono::seconds(5);
  /// A connection that is silent for so long is tried with a ping, and closed when there is no answer for as long
  /// again.
  Duration keepalive_interval = std::chrono::seconds(30);

  // What exocast's nodes look for.

  /// Where this node takes native links, told with each answer to HealthCheck. Nothing: nowhere.
  std::optional<std::uint16_t> native_port = std::nullopt;

  // What it holds at most.

  /// Messages of each kind being accepted; more wait with gRPC. And as many HealthChecks and CollectTopologies, each.
  std::size_t accepting_max = 1024;
  /// Questions being answered; more wait with gRPC.
  std::size_t answering_max = 64;
  /// Bytes of messages, and questions, being accepted; what comes above is refused with RESOURCE_EXHAUSTED. A single
  /// message always fits.
  std::size_t accepting_bytes_max = std::size_t{512} << 20;
  /// Bytes that gRPC may hold for all connections; it then slows down and cuts off.
  std::size_t receiving_bytes_max = std::size_t{1} << 30;
  /// How long accept() and answer() may take. exo's senders wait 15 s.
  Duration accept_timeout = std::chrono::seconds(15);
  /// How long destroying waits for what is under way.
  Duration drain_timeout = std::chrono::seconds(1);
};

/// Links to peers over exo's NodeService (gRPC).
struct ExoClientOptions {
  // What exo's nodes expect.

  /// Of one message, both ways. exo's limit.
  std::size_t message_bytes_max = std::size_t{256} << 20;
  /// Of one answer to CollectTopology, unpacked: reading it takes the loop's time. gRPC's default for any message; a
  /// full mesh of 200 nodes fits.
  std::size_t topology_bytes_max = std::size_t{4} << 20;
  /// How often a connection is tried with a ping, calls or not. exo's interval.
  Duration keepalive_interval = std::chrono::seconds(20);
  /// A ping that is not answered for so long ends the connection, and what is under way on it. gRPC's default.
  Duration keepalive_timeout = std::chrono::seconds(20);
  /// Compress requests as exo's clients do. Off, because it costs CPU and tokens are short; every server can read both.
  bool gzip = false;

  // How it performs.

  /// How long one attempt to connect may take. exo's limit.
  Duration connect_timeout = std::chrono::seconds(10);
  /// To a peer that was unavailable, deliveries connect anew, but not more often than this; in between they fail at
  /// once with the last error.
  Duration reconnect_interval = std::chrono::milliseconds(100);
  /// gRPC itself tries to connect again after `reconnect_interval`, and then less and less often, up to this.
  Duration reconnect_interval_max = std::chrono::seconds(2);
  /// How long a delivery to a peer that was unavailable waits for its connection. The first connection to a peer may
  /// take until the delivery's deadline; a peer known to be gone must not make every report late.
  Duration reconnect_patience = std::chrono::seconds(1);
};

/// A native link to one peer.
struct NativeLinkOptions {
  std::string node_id = {};  ///< this node's, told to the peer; up to 256 bytes
  std::string peer_id = {};  ///< whom the link is meant for: another one that answers is refused; "": anybody
  /// Of one message that is sent; the peer may take less.
  std::size_t message_bytes_max = std::size_t{256} << 20;
  /// Messages that are sent and not answered, on each of the two connections: 256 to 4,096; the peer may allow fewer.
  std::size_t window_messages = 4096;
  /// And their bytes; a single message may be longer.
  std::size_t window_bytes = std::size_t{4} << 20;
  /// Batches that wait for a connection or for room in the window, on each of the two connections; more are refused.
  std::size_t waiting_max = 1024;
  /// How long one attempt to connect may take, and how long the peer's Welcome may (it first ends what it does).
  Duration connect_timeout = std::chrono::seconds(10);
  Duration welcome_timeout = std::chrono::seconds(20);
  /// How long batches wait for a connection that was lost to come back: all end at once, so that for one that came late
  /// it may be less. The first connection may take until the batch's deadline.
  Duration reconnect_patience = std::chrono::seconds(1);
  /// Between attempts to connect.
  BackoffLimits backoff = {.first = std::chrono::milliseconds(100), .most = std::chrono::seconds(2)};
  /// Of the session's id and the backoff; 0: drawn by the operating system.
  std::uint64_t seed = 0;
};

/// The choice between a native link and exo's protocol.
struct NegotiatedLinkOptions {
  /// How long connecting to a native port that was named may take until the link to exo is used.
  Duration native_timeout = std::chrono::seconds(1);
  /// How long the link to exo is used when the native port could not be reached.
  Duration native_retry_interval = std::chrono::seconds(30);
};

/// How a node reaches its peers.
struct PeerLinksOptions {
  /// Whether it speaks natively to peers that offer it; else exo's protocol to all.
  bool native = true;
  ExoClientOptions client = {};
  NativeLinkOptions native_link = {};
  TcpOptions tcp = {};  ///< of native links
  NegotiatedLinkOptions negotiation = {};
};

}  // namespace exocast
