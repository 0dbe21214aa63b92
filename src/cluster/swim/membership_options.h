// SPDX-License-Identifier: Apache-2.0
#pragma once
// MembershipOptions: how fast members ask, wait and believe, with presets for the usual networks. Plain values.

#include <chrono>
#include <cstddef>

#include "cluster/swim/suspicion.h"
#include "exocast/gather/deadline.h"

namespace exocast {

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
  swim::SuspicionLimits suspicion = {.least = std::chrono::seconds(1), .most = std::chrono::seconds(2)};
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

}  // namespace exocast
