// SPDX-License-Identifier: Apache-2.0
#pragma once
// DatagramPort: the seam between the cluster's datagram protocols and the network.
//
// Datagrams may be lost, duplicated and reordered; the protocols tolerate that. In production they go over UDP, sealed
// with the cluster's key; in simulation over a network with delays, losses and partitions.
// Threading: the one thread of the loop. Lifetime: the receiver outlives the port.

#include <cstddef>
#include <string_view>

#include "exocast/ids.h"

namespace exocast {

class DatagramPort {
 public:
  /// The content of one datagram: with the envelope's 54 bytes and IP's headers it stays within 1,280 bytes, which
  /// every IPv6 link carries unfragmented (RFC 8200, 5).
  static constexpr std::size_t content_bytes_max = 1150;

  /// Receives datagrams.
  class Receiver {
   public:
    virtual ~Receiver() = default;

    /// `content` is valid only during the call, and untrusted: anybody may have sent it. `from` has a numeric host.
    virtual void received(const PeerAddress& from, std::string_view content) noexcept = 0;
  };

  virtual ~DatagramPort() = default;

  /// Sends `content`, 1 to `content_bytes_max` bytes, to the numeric address `to`. Never waits: if the system has no
  /// room, the datagram is lost, and counted.
  virtual void send(const PeerAddress& to, std::string_view content) noexcept = 0;

  /// Sets the receiver; null: none.
  virtual void receive(Receiver* receiver) noexcept = 0;
};

}  // namespace exocast
