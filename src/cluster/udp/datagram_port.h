// SPDX-License-Identifier: Apache-2.0
#pragma once
// DatagramPort: the seam between what the cluster's nodes say to each other in datagrams and the network.
//
// Datagrams may be lost, repeated and overtaken; who sends them lives with that. Real ones go over UDP, sealed with the
// cluster's key; simulated ones through a network with delays, losses and partitions.
// Threading: the one thread of the loop. Lifetime: the receiver outlives the port.

#include <cstddef>
#include <string_view>

#include "exocast/ids.h"

namespace exocast {

class DatagramPort {
 public:
  /// Of one datagram's content: with the envelope's 60 bytes and IP's headers it stays within 1,280 bytes, which every
  /// IPv6 link carries whole (RFC 8200, 5).
  static constexpr std::size_t content_bytes_max = 1150;

  /// Whoever is told what has come.
  class Receiver {
   public:
    virtual ~Receiver() = default;

    /// `content` lives only during the call, and may be anything: a stranger may have sent it. `from` has a numeric
    /// host.
    virtual void received(const PeerAddress& from, std::string_view content) noexcept = 0;
  };

  virtual ~DatagramPort() = default;

  /// Sends `content`, 1 to `content_bytes_max` bytes, to the numeric address `to`. Never waits: what the system has no
  /// room for is lost, and counted.
  virtual void send(const PeerAddress& to, std::string_view content) noexcept = 0;

  /// Tells `receiver` from now on; null: nobody.
  virtual void receive(Receiver* receiver) noexcept = 0;
};

}  // namespace exocast
