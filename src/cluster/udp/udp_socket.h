// SPDX-License-Identifier: Apache-2.0
#pragma once
// UdpSocket: one UDP socket on the loop. Datagrams go in and out as they are.
//
// It waits through the Poller: registered once, no system call per wait. Of what has come it reads a bounded number in
// a turn of the loop, then others have theirs; what comes faster than that is dropped by the system.
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
  /// Where to receive; port 0: any free one.
  UdpEndpoint bind;
  /// Together with others of this machine that share it, too: each of them hears each broadcast and multicast
  /// (SO_REUSEADDR); what comes for this address alone, only one of them.
  bool shared = false;
  /// An unspecified IPv6 address to bind to is for IPv4, too.
  bool both_families = false;
  /// Longer datagrams are dropped, and counted. 1 or more.
  std::size_t datagram_bytes_max = 1280;
};

struct UdpSocketMetrics {
  std::uint64_t received_total = 0;
  std::uint64_t oversized_total = 0;  ///< longer than datagram_bytes_max, and dropped
  std::uint64_t sent_total = 0;
  std::uint64_t send_failures_total = 0;  ///< not sent: no room, no way there
};

/// By which way a datagram leaves, for a socket of all addresses.
struct UdpSource {
  boost::asio::ip::address address;  ///< it comes from this one; of the family of the socket
  unsigned interface_index = 0;      ///< through this interface; 0: as the system routes
};

class UdpSocket {
 public:
  /// How many datagrams are read in one turn of the loop.
  static constexpr int reads_per_turn_max = 32;

  class Receiver {
   public:
    /// `datagram` lives only during the call. Inside, the socket must not be destroyed.
    virtual void on_datagram(const UdpEndpoint& from, std::string_view datagram) noexcept = 0;

   protected:
    ~Receiver() = default;
  };

  /// The error is one printable line, such as "cannot receive on UDP 127.0.0.1:50051: Address already in use".
  static std::expected<std::unique_ptr<UdpSocket>, std::string> open(Poller& poller, Receiver& receiver,
                                                                     const UdpSocketOptions& options);
  ~UdpSocket();

  /// Whether this system has IPv6 at all.
  static bool has_ipv6() noexcept;

  /// Sends without waiting; false if the system could not. Broadcast and multicast are allowed, and heard on this
  /// machine, too; multicast stays on the link.
  bool send(const UdpEndpoint& to, std::string_view datagram) noexcept;
  bool send(const UdpEndpoint& to, std::string_view datagram, const UdpSource& source) noexcept;

  /// Hears `group` on an interface from now on, until that vanishes. Asking again harms nothing.
  std::error_code join(const boost::asio::ip::address& group, unsigned interface_index) noexcept;

  /// Where it receives, with the port that was chosen.
  const UdpEndpoint& local() const noexcept;

  UdpSocketMetrics metrics() const noexcept;

 private:
  class Socket;
  explicit UdpSocket(std::unique_ptr<Socket> socket) noexcept;
  std::unique_ptr<Socket> socket_;
};

}  // namespace exocast
