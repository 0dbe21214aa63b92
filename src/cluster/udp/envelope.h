// SPDX-License-Identifier: Apache-2.0
#pragma once
// Envelope: the format of a datagram around its content. With a cluster key it is signed, else only marked as ours.
//
//   bytes  0-2  "exo"
//          3    version, 1
//          4    purpose (Purpose)
//          5    0: not signed; the content follows to the end
//               1: signed, and then
//          6-13 time of sending, microseconds since 1970 (UTC)
//         14-21 nonce: distinguishes datagrams of the same time
//         22-   the content
//     last 32   HMAC-SHA256 of everything before it, with the cluster's key
//
// Numbers are big-endian. A key excludes senders without it: a datagram is refused if it is unsigned, changed,
// replayed or older than 30 s. The content is not encrypted, and the signature does not cover IP addresses: an
// attacker who can read and suppress traffic can delay a datagram by up to 30 s, or send it from another address. So
// an address is trusted only when its node has answered from there.
// Pure functions, safe from any thread.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "cluster/udp/replay_window.h"
#include "exocast/cluster_key.h"

namespace exocast {

/// The purpose of a datagram. A datagram is accepted for its own purpose only.
enum class Purpose : std::uint8_t { membership = 1, announcement = 2 };

/// How many bytes an envelope adds at most.
inline constexpr std::size_t envelope_bytes_max = 54;

/// Why a datagram is refused.
enum class EnvelopeFault : std::uint8_t {
  foreign,       ///< not an envelope, truncated, or for another purpose
  version,       ///< of another version
  not_signed,    ///< we have a key, the sender has none
  signed_there,  ///< the sender has a key, we have none
  forged,        ///< not signed with our key, or changed
  skewed,        ///< sent more than 30 s before or after our time: old, or a clock is wrong
  replayed,      ///< received before
  window_full,   ///< more datagrams than the replay window can remember
};
inline constexpr std::size_t envelope_fault_count = 8;

/// The reason as a word, such as "forged".
std::string_view to_string(EnvelopeFault fault) noexcept;

/// Puts `content` into its envelope; signs it if there is a `key`. `nonce` must differ between datagrams of the same
/// microsecond.
std::string seal(std::string_view content, Purpose purpose, const ClusterKey* key, WallTime now, std::uint64_t nonce);

/// The content of the untrusted `datagram`; a view into it.
std::expected<std::string_view, EnvelopeFault> unseal(std::string_view datagram, Purpose purpose, const ClusterKey* key,
                                                      WallTime now, ReplayWindow& window);

}  // namespace exocast
