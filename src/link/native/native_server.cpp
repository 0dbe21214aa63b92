// SPDX-License-Identifier: Apache-2.0
#include "link/native/native_server.h"

#include <utility>

namespace exocast {

std::expected<std::unique_ptr<NativeServer>, std::string> NativeServer::start(Poller& poller, const PeerAddress& listen,
                                                                              MessageHandler& handler,
                                                                              const NativeServerOptions& options) {
  std::unique_ptr<NativeServer> server(new NativeServer(poller.loop(), handler, options.receiver));
  auto listener = TcpListener::start(poller, listen, *server, options.listener);
  if (!listener) return std::unexpected(std::move(listener.error()));
  server->listener_ = *std::move(listener);
  server->address_ = server->listener_->address();
  return server;
}

task<std::size_t> NativeServer::drain(Deadline deadline) {
  listener_.reset();
  return receiver_.drain(deadline);
}

TcpListenerMetrics NativeServer::listener_metrics() const noexcept {
  return listener_ != nullptr ? listener_->metrics() : TcpListenerMetrics();
}

}  // namespace exocast
