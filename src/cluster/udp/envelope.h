// SPDX-License-Identifier: Apache-2.0
#pragma once
// Envelope: how the content of a datagram travels. With a cluster key it is signed, else it is only marked as ours.
//
//   bytes  0-2  "exo"
//          3    version, 1
//          4    what it is for (Purpose)
//          5    0: not signed; the content follows to the end
//               1: signed, and then
//          6-13 when it was sent, microseconds since 1970 (UTC)
//         14-21 nonce: tells datagrams of the same time apart
//         22-   the content
//     last 32   HMAC-SHA256 with the cluster's key of everything before it
//
// Numbers are big-endian. A key keeps out who does not have it: nothing unsigned is taken, nothing changed, nothing
// twice, nothing older than 30 s. It hides nothing, and does not bind a datagram to its way: who sees the traffic and
// can suppress it may delay datagrams within 30 s, or make them come from another address; so an address is believed
// only once its node has answered from there.
// Pure functions, safe from any thread.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "cluster/udp/replay_window.h"
#include "exocast/cluster_key.h"

namespace exocast {

/// What a datagram is for; one that was made for one purpose is not taken for another.
enum class Purpose : std::uint8_t { membership = 1, announcement = 2 };

/// How much longer than its content a datagram is, at most.
inline constexpr std::size_t envelope_bytes_max = 54;

/// Why a datagram is not taken.
enum class EnvelopeFault : std::uint8_t {
  foreign,       ///< not ours, cut off, or for another purpose
  version,       ///< of another version
  not_signed,    ///< we have a key, the sender has none
  signed_there,  ///< the sender has a key, we have none
  forged,        ///< not signed with our key, or changed on the way
  skewed,        ///< its time is more than 30 s from ours: old, or one of the clocks is wrong
  replayed,      ///< it has come before
  window_full,   ///< more come than can be told from repetitions
};
inline constexpr std::size_t envelope_fault_count = 8;

/// The reason as a word, such as "forged".
std::string_view to_string(EnvelopeFault fault) noexcept;

/// `content` in its envelope; signed if there is a `key`. `nonce` must differ between datagrams of one microsecond.
std::string seal(std::string_view content, Purpose purpose, const ClusterKey* key, WallTime now, std::uint64_t nonce);

/// The content of `datagram`, which may be anything; a view into it.
std::expected<std::string_view, EnvelopeFault> unseal(std::string_view datagram, Purpose purpose, const ClusterKey* key,
                                                      WallTime now, ReplayWindow& window);

}  // namespace exocast
