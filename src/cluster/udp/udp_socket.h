// SPDX-License-Identifier: Apache-2.0
#pragma once
// UdpSocket: one UDP socket on the loop. It sends and receives datagrams unchanged.
//
// It waits through the Poller: registered once, no system call per wait. It reads a bounded number of datagrams per
// turn of the loop, so other work gets its turn; the system drops what exceeds its buffer.
// Threading: inside the Poller's loop. Lifetime: the Poller and the receiver outlive it.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include "cluster/udp/udp_endpoint.h"
#include "loop/poller.h"

namespace exocast {

struct UdpSocketOptions {
  /// The local address; port 0: any free port.
  UdpEndpoint bind;
  /// Shares the port with other sockets of this machine (SO_REUSEADDR). Each of them receives every broadcast and
  /// multicast; only one receives a unicast.
  bool shared = false;
  /// An unspecified IPv6 address also receives IPv4.
  bool both_families = false;
  /// Longer datagrams are dropped, and counted. 1 or more.
  std::size_t datagram_bytes_max = 1280;
};

struct UdpSocketMetrics {
  std::uint64_t received_total = 0;
  std::uint64_t oversized_total = 0;  ///< longer than datagram_bytes_max, and dropped
  std::uint64_t sent_total = 0;
  std::uint64_t send_failures_total = 0;  ///< not sent: no buffer space, or no route
};

/// The source of a datagram, for a socket bound to all addresses.
struct UdpSource {
  boost::asio::ip::address address;  ///< the source address; of the socket's family
  unsigned interface_index = 0;      ///< the outgoing interface; 0: by the system's routes
};

class UdpSocket {
 public:
  /// Datagrams read in one turn of the loop.
  static constexpr int reads_per_turn_max = 32;

  class Receiver {
   public:
    /// `datagram` is valid only during the call. Do not destroy the socket inside it.
    virtual void on_datagram(const UdpEndpoint& from, std::string_view datagram) noexcept = 0;

   protected:
    ~Receiver() = default;
  };

  /// The error is one printable line, such as "cannot receive on UDP 127.0.0.1:50051: Address already in use".
  static std::expected<std::unique_ptr<UdpSocket>, std::string> open(Poller& poller, Receiver& receiver,
                                                                     const UdpSocketOptions& options);
  ~UdpSocket();

  /// Whether this system supports IPv6.
  static bool has_ipv6() noexcept;

  /// Sends without waiting; false on error. Broadcast and multicast are allowed, and also reach this machine;
  /// multicast stays on the link.
  bool send(const UdpEndpoint& to, std::string_view datagram) noexcept;
  bool send(const UdpEndpoint& to, std::string_view datagram, const UdpSource& source) noexcept;

  /// Joins `group` on an interface, until the interface is removed. Joining again has no effect.
  std::error_code join(const boost::asio::ip::address& group, unsigned interface_index) noexcept;

  /// The local address, with the chosen port.
  const UdpEndpoint& local() const noexcept;

  UdpSocketMetrics metrics() const noexcept;

 private:
  class Socket;
  explicit UdpSocket(std::unique_ptr<Socket> socket) noexcept;
  std::unique_ptr<Socket> socket_;
};

}  // namespace exocast
