// SPDX-License-Identifier: Apache-2.0
#pragma once
// UdpPort: a node's datagrams over UDP, each in its envelope, at the same address and port number as its TCP server.
// So one address is enough to reach a node.
//
// A node that serves at an unspecified address does not learn its own address here: others use the source address of
// its datagrams. Threading: inside the Poller's loop. Lifetime: the Poller outlives it.

#include <array>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "base/random.h"
#include "cluster/udp/datagram_port.h"
#include "cluster/udp/envelope.h"
#include "cluster/udp/udp_socket.h"

namespace exocast {

/// Totals since the start.
struct UdpPortMetrics {
  UdpSocketMetrics socket;
  /// Received and refused, by reason.
  std::array<std::uint64_t, envelope_fault_count> refused_total{};
};

class UdpPort final : public DatagramPort, private UdpSocket::Receiver {
 public:
  /// Receives at `address`: a numeric host (an unspecified one, 0.0.0.0 or ::, means IPv4 and IPv6, as for gRPC) and
  /// the TCP server's port; 0: any free port. With a `key` it signs its datagrams and accepts only signed ones. The
  /// error is one printable line.
  static std::expected<std::unique_ptr<UdpPort>, std::string> open(Poller& poller, const PeerAddress& address,
                                                                   std::optional<ClusterKey> key);

  void send(const PeerAddress& to, std::string_view content) noexcept override;
  void receive(DatagramPort::Receiver* receiver) noexcept override { receiver_ = receiver; }

  /// The local address, with the chosen port.
  PeerAddress address() const { return address_of(socket_->local()); }

  UdpPortMetrics metrics() const noexcept { return {socket_->metrics(), refused_total_}; }

 private:
  explicit UdpPort(std::optional<ClusterKey> key);
  const ClusterKey* key() const noexcept { return key_ ? &*key_ : nullptr; }
  void on_datagram(const UdpEndpoint& from, std::string_view datagram) noexcept override;

  const std::optional<ClusterKey> key_;
  Random nonces_;
  ReplayWindow window_;
  std::array<std::uint64_t, envelope_fault_count> refused_total_{};
  DatagramPort::Receiver* receiver_ = nullptr;
  std::unique_ptr<UdpSocket> socket_;
};

WallTime wall_now() noexcept;

}  // namespace exocast
