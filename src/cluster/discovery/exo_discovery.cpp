// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/exo_discovery.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "cluster/discovery/announcement_routes.h"
#include "cluster/discovery/recent_map.h"

namespace exocast {
namespace {

namespace ip = boost::asio::ip;

/// After this time exo forgets a node, too.
constexpr Duration silence_max = std::chrono::seconds(30);

/// exo broadcasts to a.b.c.255, whatever the network's mask.
ip::address_v4 last_of_24_bits(const ip::address_v4& address) noexcept {
  return ip::address_v4(address.to_uint() | 0xffU);
}

}  // namespace

class ExoDiscovery::Announcer final : private Timer, private UdpSocket::Receiver {
 public:
  Announcer(Poller& poller, const Member& self, CandidateSink& sink, const ExoDiscoveryOptions& options)
      : poller_(poller), self_(self), sink_(sink), options_(options) {}

  /// Returns why it cannot start; nothing on success.
  std::optional<std::string> begin() {
    const auto at = endpoint_of(self_.address);
    if (!at) return fmt::format("cannot announce {}: not a numeric address", to_line(to_string(self_.address)));
    listen_ = at->address();
    auto socket = UdpSocket::open(
        poller_, *this,
        {.bind = {ip::address_v4::any(), options_.port}, .shared = true, .datagram_bytes_max = exo_datagram_bytes_max});
    if (!socket) return std::move(socket.error());
    socket_ = *std::move(socket);
    if (options_.announce) announce();
    return std::nullopt;
  }

  ExoDiscoveryMetrics metrics() const noexcept {
    ExoDiscoveryMetrics all = metrics_;
    all.malformed_total += socket_->metrics().oversized_total;
    all.sent_total = socket_->metrics().sent_total;
    all.send_failures_total = socket_->metrics().send_failures_total;
    return all;
  }

 private:
  void fired() noexcept override { announce(); }

  void announce() noexcept {
    std::size_t interfaces = 0;
    for (const InterfaceAddress& from : announced_addresses(listen_, interface_addresses())) {
      if (from.address.is_v4() && ++interfaces <= announcement_routes_max) announce_from(from);
    }
    poller_.loop().wake_at(*this, poller_.loop().now() + options_.interval);
  }

  void announce_from(const InterfaceAddress& from) {
    const std::string datagram = encode(ExoDatagram{.node_id = self_.id,
                                                    .grpc_port = self_.address.port,
                                                    .capabilities = self_.capabilities.value_or(DeviceCapabilities{}),
                                                    .priority = exo_priority(from.kind),
                                                    .interface_name = from.interface,
                                                    .interface_type = std::string(exo_name(from.kind))});
    const UdpSource source = {.address = from.address, .interface_index = from.index};
    for (const auto& to : {last_of_24_bits(from.address.to_v4()), ip::address_v4::broadcast()}) {
      socket_->send(UdpEndpoint(to, options_.announce_port), datagram, source);
    }
  }

  void on_datagram(const UdpEndpoint& from, std::string_view datagram) noexcept override {
    auto heard = decode_exo_datagram(datagram);
    if (!heard) {
      ++metrics_.malformed_total;
      return;
    }
    if (heard->node_id == self_.id || !is_reachable(listen_, from.address())) return;
    const PeerAddress address = {.host = address_of(from).host, .port = heard->grpc_port};
    if (recent_.hear(heard->node_id + '\0' + to_string(address), poller_.loop().now()).value == nullptr) {
      ++metrics_.no_room_total;
      return;
    }
    ++metrics_.heard_total;
    sink_.found({.id = std::move(heard->node_id),
                 .address = address,
                 .kind = NodeKind::exo,
                 .capabilities = std::move(heard->capabilities),
                 .source = "exo"});
  }

  Poller& poller_;
  const Member self_;
  CandidateSink& sink_;
  const ExoDiscoveryOptions options_;
  ip::address listen_;
  RecentMap<std::string, Unit> recent_{candidates_max, silence_max};
  ExoDiscoveryMetrics metrics_;
  std::unique_ptr<UdpSocket> socket_;
};

std::expected<std::unique_ptr<ExoDiscovery>, std::string> ExoDiscovery::start(Poller& poller, const Member& self,
                                                                              CandidateSink& sink,
                                                                              const ExoDiscoveryOptions& options) {
  auto announcer = std::make_unique<Announcer>(poller, self, sink, options);
  if (auto fault = announcer->begin()) return std::unexpected(*std::move(fault));
  return std::unique_ptr<ExoDiscovery>(new ExoDiscovery(std::move(announcer)));
}

ExoDiscovery::ExoDiscovery(std::unique_ptr<Announcer> announcer) noexcept : announcer_(std::move(announcer)) {}
ExoDiscovery::~ExoDiscovery() = default;

ExoDiscoveryMetrics ExoDiscovery::metrics() const noexcept { return announcer_->metrics(); }

}  // namespace exocast
