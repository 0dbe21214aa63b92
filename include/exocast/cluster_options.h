// SPDX-License-Identifier: Apache-2.0
#pragma once
// Options of a node's cluster: how the node finds other nodes, and how it detects failures.
//
//   NodeOptions options{.id = "n1", .listen = *parse_address("0.0.0.0:50051")};
//   options.cluster = ClusterOptions{.peers_file = "peers.json", .membership = MembershipOptions::wan()};
//
// All durations are positive. docs/cluster.md describes the protocols. Plain values, safe from any thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "exocast/cluster_key.h"
#include "exocast/gather/deadline.h"

namespace exocast {

/// Discovery of exocast nodes on the same networks, by UDP announcements.
struct LanDiscoveryOptions {
  std::uint16_t port = 5679;  ///< UDP port of announcements, the same on all nodes of a cluster; exo has 5678
  /// Time between announcements, varied by 10 %, after a burst in the first 700 ms. 1 ms or more. Default: exo's.
  Duration interval = std::chrono::milliseconds(2500);
  std::optional<ClusterKey> key = std::nullopt;  ///< set by the node, from ClusterOptions::key
};

/// Discovery of exo's nodes, by the announcements that they send over UDP.
struct ExoDiscoveryOptions {
  std::uint16_t port = 5678;           ///< UDP port that exo's nodes announce to: their --broadcast-port
  bool announce = false;               ///< whether to announce this node in exo's format
  std::uint16_t announce_port = 5678;  ///< UDP port at which exo's nodes listen: their --listen-port
  Duration interval = std::chrono::milliseconds(2500);  ///< time between announcements, 1 ms or more; default: exo's
};

/// Health checks of exo's nodes.
struct ExoWatchOptions {
  /// Time between two checks of each node, varied by 10 %. A node becomes suspect after a silence of this interval plus
  /// its usual answer time (as measured; 400 ms to 5 s), so usually within 1 s. It is gone after three times that.
  Duration interval = std::chrono::milliseconds(500);
  Duration check_timeout = std::chrono::milliseconds(2500);  ///< of one check; each node has one under way at a time
  /// A node that does not answer is forgotten once no discovery has announced it for this time. Default: exo's.
  Duration forget_after = std::chrono::seconds(30);
  std::size_t nodes_max = 1024;  ///< candidates and members, 1 or more; further candidates are not checked
};

/// Time that a suspect member has to refute, before it is gone. A `most` below `least` counts as `least`.
struct SuspicionLimits {
  Duration least;  ///< when four members suspect it, or all that could (Lifeguard)
  Duration most;   ///< when only one member suspects it
};

/// Probe intervals and timeouts among exocast nodes (SWIM with Lifeguard). The defaults are those of lan(). All
/// durations are positive; `ack_timeout` < `verdict_timeout`.
struct MembershipOptions {
  /// Time between two rounds of probes, varied by 10 %.
  Duration period = std::chrono::milliseconds(250);
  /// A probe without an answer for this time is repeated, directly and through other members. Grows with round-trip
  /// times (RFC 6298), up to 4 times, and again up to 4 times while this node's own health is low (Lifeguard).
  Duration ack_timeout = std::chrono::milliseconds(150);
  /// A member is suspect if a probe has no answer for this time; grows with `ack_timeout`. Choose it longer than the
  /// pauses of a process that must not cause a suspicion.
  Duration verdict_timeout = std::chrono::milliseconds(400);
  /// Time that a suspect member has to refute, before it is gone.
  SuspicionLimits suspicion = {.least = std::chrono::seconds(1), .most = std::chrono::seconds(2)};
  /// If this node itself was stopped for this time, it listens for as long before it suspects any member.
  Duration standstill = std::chrono::milliseconds(100);
  /// Time between two comparisons of all known members with another member's, varied by 10 %.
  Duration sync_interval = std::chrono::seconds(10);
  /// Time between two probes of members that are gone, varied by 25 %; each probes one of them.
  Duration regain_interval = std::chrono::milliseconds(500);
  Duration remembered = std::chrono::seconds(60);  ///< how long members that are gone or have left stay listed
  std::size_t remembered_max = 1024;  ///< members that are gone or have left; beyond it the oldest are forgotten
  std::size_t members_max = 4096;     ///< members, and candidates that wait for a probe; more are refused

  /// One switched network. Suspect within 1 s, gone within 3 s; pauses of up to 200 ms cause no suspicion.
  static MembershipOptions lan() { return {}; }

  /// Between sites, with round trips of up to 300 ms. Suspect within 8 s, usually 4 s; gone within 20 s. Pauses of up
  /// to 2 s cause no suspicion, and no live member is gone. With 3 % of datagrams lost, pauses may cause suspicion, and
  /// in a cluster of two a node may take 17 s to be suspect and more than 20 s to be gone; with 8 nodes or more, losses
  /// change nothing else.
  static MembershipOptions wan() {
    using namespace std::chrono_literals;
    return {.period = 1s,
            .ack_timeout = 800ms,
            .verdict_timeout = 3s,
            .suspicion = {.least = 5s, .most = 14s},
            .standstill = 500ms,
            .sync_interval = 30s,
            .regain_interval = 2s,
            .remembered = 600s};
  }

  /// One machine: no losses, but the nodes compete for its cores. Suspect within 1 s, gone within 2 s; pauses of up to
  /// 200 ms cause no suspicion.
  static MembershipOptions loopback() {
    using namespace std::chrono_literals;
    MembershipOptions options;
    options.suspicion = {.least = 600ms, .most = 1s};
    return options;
  }
};

/// How a node finds other nodes, and how it detects failures.
struct ClusterOptions {
  /// Announces this node on its networks and listens for other nodes. nullopt: it does neither.
  std::optional<LanDiscoveryOptions> lan = LanDiscoveryOptions();
  std::string peers_file = {};                              ///< path of a peers file, reread when it changes; "": none
  std::optional<ExoDiscoveryOptions> exo = std::nullopt;    ///< listens for exo's nodes; nullopt: it does not
  std::optional<ClusterKey> key = std::nullopt;             ///< signs all datagrams of the cluster; nullopt: not signed
  MembershipOptions membership = MembershipOptions::lan();  ///< failure detection of exocast nodes
  ExoWatchOptions watch = {};                               ///< failure detection of exo's nodes
  /// How long a member that is gone remains a receiver of broadcasts, so that the roster does not flap.
  Duration shrink_delay = std::chrono::seconds(2);
  /// Called in the node's loop with one printable line for the user: the peers file is invalid, a host name in it has
  /// no address, or another node has the same id. Null: not called.
  std::function<void(std::string_view)> on_trouble = nullptr;
};

}  // namespace exocast
