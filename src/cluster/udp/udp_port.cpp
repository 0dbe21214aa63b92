// SPDX-License-Identifier: Apache-2.0
#include "cluster/udp/udp_port.h"

#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace exocast {
namespace {

namespace ip = boost::asio::ip;

/// Like gRPC: an unspecified address of either family means both.
UdpSocketOptions socket_options(const UdpEndpoint& at) {
  UdpSocketOptions options = {.bind = at, .datagram_bytes_max = DatagramPort::content_bytes_max + envelope_bytes_max};
  if (at.address().is_unspecified() && UdpSocket::has_ipv6()) {
    options.bind = UdpEndpoint(ip::address_v6::any(), at.port());
    options.both_families = true;
  }
  return options;
}

}  // namespace

std::expected<std::unique_ptr<UdpPort>, std::string> UdpPort::open(Poller& poller, const PeerAddress& address,
                                                                   std::optional<ClusterKey> key) {
  const auto at = endpoint_of(address);
  if (!at) {
    return std::unexpected(fmt::format("cannot receive on UDP {}: not a numeric address", to_line(to_string(address))));
  }
  std::unique_ptr<UdpPort> port(new UdpPort(std::move(key)));
  auto socket = UdpSocket::open(poller, *port, socket_options(*at));
  if (!socket) return std::unexpected(std::move(socket.error()));
  port->socket_ = *std::move(socket);
  return port;
}

UdpPort::UdpPort(std::optional<ClusterKey> key) : key_(std::move(key)), nonces_(random_seed()) {}

void UdpPort::send(const PeerAddress& to, std::string_view content) noexcept {
  if (const auto endpoint = endpoint_of(to)) {
    socket_->send(*endpoint, seal(content, Purpose::membership, key(), wall_now(), nonces_()));
  }
}

void UdpPort::on_datagram(const UdpEndpoint& from, std::string_view datagram) noexcept {
  const auto content = unseal(datagram, Purpose::membership, key(), wall_now(), window_);
  if (!content) {
    ++refused_total_[static_cast<std::size_t>(content.error())];
  } else if (receiver_ != nullptr) {
    receiver_->received(address_of(from), *content);
  }
}

WallTime wall_now() noexcept { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }

}  // namespace exocast
