// SPDX-License-Identifier: Apache-2.0
#pragma once
// Options of a node's cluster: how the node finds the others, and when it believes that they are there.
//
// All durations are positive. Plain values, safe from any thread.

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

/// How nodes on the same networks find each other.
struct LanDiscoveryOptions {
  /// Where announcements are sent and heard: the same for all nodes of a cluster. Not exo's 5678.
  std::uint16_t port = 5679;
  /// From one announcement to the next, give or take a tenth, after a burst at the start. exo's interval. 1 ms or more.
  Duration interval = std::chrono::milliseconds(2500);
  /// The cluster's, if it has one.
  std::optional<ClusterKey> key = std::nullopt;
};

/// How exo's nodes are found by what they announce over UDP.
struct ExoDiscoveryOptions {
  /// Where to hear exo's nodes; their --listen-port.
  std::uint16_t port = 5678;
  /// Whether to announce this node in exo's format.
  bool announce = false;
  /// Where exo's nodes hear: their --listen-port.
  std::uint16_t announce_port = 5678;
  /// From one announcement to the next. exo's interval. 1 ms or more.
  Duration interval = std::chrono::milliseconds(2500);
};

/// How exo's nodes are asked whether they are there.
struct ExoWatchOptions {
  /// From one round of questions to the next, give or take a tenth. A node is suspect when it has been silent for this
  /// and the time an answer may take, which is learnt, but 400 ms at least: so within 1 s; gone after three times that.
  Duration interval = std::chrono::milliseconds(500);
  /// How long one question is waited for. A node is asked one question at a time.
  Duration check_timeout = std::chrono::milliseconds(2500);
  /// Who does not answer, and has not been told of by any discovery for so long, is forgotten. exo's time.
  Duration forget_after = std::chrono::seconds(30);
  /// Candidates and members at a time; then new ones are not asked. 1 or more.
  std::size_t nodes_max = 1024;
};

/// How long a member may stay suspect before it is gone. `most` below `least` counts as `least`.
struct SuspicionLimits {
  Duration least;  ///< when several members suspect it
  Duration most;   ///< when only one does
};

/// How fast members ask, wait and believe, with presets for the usual networks.
/// The defaults are those of lan(). All durations are positive; `ack_timeout` < `verdict_timeout`.
struct MembershipOptions {
  /// How often members are asked, give or take a tenth.
  Duration period = std::chrono::milliseconds(250);
  /// A member that has not answered for so long is asked again, also through others. Up to four times longer where
  /// round trips are: at least the timeout of RFC 6298; and again up to four times longer while this node has reason to
  /// doubt itself (Lifeguard).
  Duration ack_timeout = std::chrono::milliseconds(150);
  /// And after so long it is suspect; grows with ack_timeout. Must exceed the pauses that are to go unnoticed.
  Duration verdict_timeout = std::chrono::milliseconds(400);
  /// How long it may then contradict, before it is gone.
  SuspicionLimits suspicion = {.least = std::chrono::seconds(1), .most = std::chrono::seconds(2)};
  /// When this node finds that it stood still for so long, it listens for as long before it accuses anybody.
  Duration standstill = std::chrono::milliseconds(100);
  /// How often all that is known is compared with what another member knows.
  Duration sync_interval = std::chrono::seconds(10);
  /// How often one of those that are gone is asked whether it is back.
  Duration regain_interval = std::chrono::milliseconds(500);
  /// How long those that are gone or have left are remembered.
  Duration remembered = std::chrono::seconds(60);
  std::size_t remembered_max = 1024;  ///< and how many
  std::size_t members_max = 4096;     ///< members, and candidates that wait to be asked; more are refused

  /// One switched network: suspect within 1 s, gone within 3 s, pauses of 200 ms go unnoticed.
  static MembershipOptions lan() { return {}; }

  /// Between sites: round trips up to 300 ms. Suspect within 8 s, usually 4 s: longer when a sign of life comes just
  /// behind a question that nobody answers any more. Gone within 20 s; nobody who is there is gone; pauses of 2 s go
  /// unnoticed. Where some 3 % of datagrams are lost pauses may be noticed, and two nodes that are alone may take 17 s
  /// to be suspect, and longer than 20 s to be gone; from 8 nodes on losses change nothing else.
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

  /// Nodes of one machine: nothing is lost there, but they compete for its cores. Suspect within 1 s, gone within 2 s,
  /// pauses of 200 ms go unnoticed.
  static MembershipOptions loopback() {
    using namespace std::chrono_literals;
    MembershipOptions options;
    options.suspicion = {.least = 600ms, .most = 1s};
    return options;
  }
};

/// How a node finds the others, and when it believes that they are there.
struct ClusterOptions {
  /// Announces this node on its networks, and hears the others. Nothing: it does not.
  std::optional<LanDiscoveryOptions> lan = LanDiscoveryOptions();
  /// A peers file, as exo has them; read again when it changes. "": none.
  std::string peers_file = {};
  /// Hears exo's nodes. Nothing: it does not.
  std::optional<ExoDiscoveryOptions> exo = std::nullopt;
  /// What the nodes of the cluster sign their datagrams with; nothing: they do not.
  std::optional<ClusterKey> key = std::nullopt;

  MembershipOptions membership = MembershipOptions::lan();
  ExoWatchOptions watch = {};
  /// How long a member that is gone is still sent to: a list that shrinks late does not flap.
  Duration shrink_delay = std::chrono::seconds(2);

  /// Told in one printable line what a user should know: a peers file that cannot be read any more, another node with
  /// the same id. Null: nobody is told.
  std::function<void(std::string_view)> on_trouble = nullptr;
};

}  // namespace exocast
