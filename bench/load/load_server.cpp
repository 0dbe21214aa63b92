// SPDX-License-Identifier: Apache-2.0
#include "bench/load/load_server.h"

#include <utility>

#include "link/native/native_receiver.h"
#include "link/stream/tcp_listener.h"

namespace exocast::bench {
namespace {

constexpr std::size_t connections_max = 16'384;  // several senders, each with a connection for each of 10,000 receivers

PeerAddress any_port() { return {.host = "127.0.0.1", .port = 0}; }

class ExoLoadServer final : public LoadServer {
 public:
  explicit ExoLoadServer(std::unique_ptr<ExoServer> server) : server_(std::move(server)) {}

  std::uint16_t port() const override { return server_->address().port; }

 private:
  std::unique_ptr<ExoServer> server_;
};

class NativeLoadServer final : public LoadServer, private TcpListener::Acceptor {
 public:
  NativeLoadServer(AsioLoop& loop, MessageHandler& handler)
      : poller_(loop),
        receiver_(loop, handler,
                  {.node_id = "bench", .connections_max = connections_max, .sessions_max = connections_max}) {}

  std::expected<void, std::string> listen() {
    auto listener = TcpListener::start(poller_, any_port(), *this, {.connections_max = connections_max});
    if (!listener) return std::unexpected(std::move(listener.error()));
    listener_ = *std::move(listener);
    return {};
  }
  std::uint16_t port() const override { return listener_->address().port; }

 private:
  void on_connection(std::unique_ptr<ByteStream> stream) noexcept override { receiver_.serve(std::move(stream)); }

  Poller poller_;
  NativeReceiver receiver_;
  std::unique_ptr<TcpListener> listener_;
};

}  // namespace

std::expected<std::unique_ptr<LoadServer>, std::string> LoadServer::start(const std::string& kind, AsioLoop& loop,
                                                                          ExoHandler& handler) {
  if (kind == "exo") {
    ExoServerOptions options;
    options.accepting_max = connections_max;
    auto server = ExoServer::start(loop, any_port(), handler, options);
    if (!server) return std::unexpected(std::move(server.error()));
    return std::make_unique<ExoLoadServer>(*std::move(server));
  }
  auto native = std::make_unique<NativeLoadServer>(loop, handler);
  if (auto listening = native->listen(); !listening) return std::unexpected(std::move(listening.error()));
  return native;
}

}  // namespace exocast::bench
