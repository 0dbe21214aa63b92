// SPDX-License-Identifier: Apache-2.0
#include "bench/load/load_links.h"

#include "link/exo/exo_client.h"
#include "link/native/native_link.h"
#include "link/stream/tcp_dialer.h"

namespace exocast::bench {
namespace {

PeerAddress address_of(std::uint16_t port) { return {.host = "127.0.0.1", .port = port}; }

class ExoLinks final : public LoadLinks {
 public:
  explicit ExoLinks(AsioLoop& loop) : client_(loop) {}
  std::shared_ptr<Link> to(std::uint16_t port) override { return client_.link(address_of(port)); }

 private:
  ExoClient client_;
};

class NativeLinks final : public LoadLinks {
 public:
  explicit NativeLinks(AsioLoop& loop) : loop_(loop), poller_(loop) {}
  std::shared_ptr<Link> to(std::uint16_t port) override {
    return std::make_shared<NativeLink>(loop_, std::make_unique<TcpDialer>(poller_, address_of(port)));
  }

 private:
  AsioLoop& loop_;
  Poller poller_;
};

}  // namespace

std::unique_ptr<LoadLinks> LoadLinks::make(const std::string& kind, AsioLoop& loop) {
  if (kind == "exo") return std::make_unique<ExoLinks>(loop);
  return std::make_unique<NativeLinks>(loop);
}

}  // namespace exocast::bench
