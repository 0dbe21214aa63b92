// SPDX-License-Identifier: Apache-2.0
#include "node/peer_links.h"

#include <utility>

#include "link/stream/tcp_dialer.h"

namespace exocast {

std::shared_ptr<Link> PeerLink::link() const {
  if (negotiated != nullptr) return negotiated;
  return exo;
}

std::string_view PeerLink::kind() const noexcept {
  if (negotiated == nullptr) return exo->kind();
  return negotiated->has_chosen() ? negotiated->kind() : "";
}

task<std::expected<void, Status>> PeerLink::connect(Deadline deadline) const {
  const PeerLink self = *this;  // keeps the links alive while this runs
  if (self.negotiated != nullptr) co_return co_await self.negotiated->connect(deadline);
  auto health = co_await self.exo->health(deadline);
  if (!health) co_return std::unexpected(std::move(health.error()));
  co_return {};
}

PeerLinks::PeerLinks(AsioLoop& loop, Poller& poller, const PeerLinksOptions& options)
    : loop_(loop), poller_(poller), options_(options), client_(loop, options.client) {}

PeerLink PeerLinks::to(const PeerAddress& address) {
  PeerLink made{.exo = client_.link(address), .negotiated = nullptr};
  if (options_.native) {
    made.negotiated = std::make_shared<NegotiatedLink>(loop_, made.exo, native_parts(address), options_.negotiation);
  }
  return made;
}

NativeParts PeerLinks::native_parts(const PeerAddress& address) const {
  Poller& poller = poller_;
  return {.dialer = [&poller, host = address.host, tcp = options_.tcp](std::uint16_t port) -> std::unique_ptr<Dialer> {
            return std::make_unique<TcpDialer>(poller, PeerAddress{.host = host, .port = port}, tcp);
          },
          .link = [&poller, link = options_.native_link](std::unique_ptr<Dialer> dialer) -> std::unique_ptr<Link> {
            return std::make_unique<NativeLink>(poller.loop(), std::move(dialer), link);
          }};
}

}  // namespace exocast
