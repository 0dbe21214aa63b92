// SPDX-License-Identifier: Apache-2.0
#pragma once
// ControlServer: lets the commands of the user who runs a node query and use it (docs/control.md).
//
// The number of connections is limited, and each belongs to the node's user or to root. Threading: made and destroyed
// outside of the loop, or inside. Lifetime: the loop, and what the handler uses, outlive it; destroying it ends its
// connections and removes the socket.

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "control/control_handler.h"
#include "control/control_listener.h"
#include "exocast/asio_loop.h"
#include "exocast/gather/scope.h"

namespace exocast {

struct ControlServerOptions {
  /// Open connections. One more gets an error and is closed. Default 64: enough for a user's terminals and scripts.
  std::size_t connections_max = 64;
  /// A connection that accepts no bytes for this long is closed. Default 30 s: a person may have paused a terminal.
  Duration write_timeout = std::chrono::seconds(30);
};

struct ControlServerMetrics {
  std::size_t connections = 0;
  std::size_t connections_total = 0;
  std::size_t refused_total = 0;  ///< over the limit, or of another user
};

class ControlServer {
 public:
  /// Accepts connections from `listener`, which was claimed for the node's id; `handler` executes their requests.
  ControlServer(AsioLoop& loop, ControlHandler handler, std::unique_ptr<ControlListener> listener,
                const ControlServerOptions& options = {});
  ControlServer(const ControlServer&) = delete;
  ControlServer& operator=(const ControlServer&) = delete;
  ~ControlServer();

  const std::string& path() const noexcept { return listener_->path(); }
  const ControlServerMetrics& metrics() const noexcept { return metrics_; }

 private:
  task<void> take_connections();
  void take(LocalStream::socket socket);
  task<void> serve(LocalStream::socket socket);

  AsioLoop& loop_;
  const ControlHandler handler_;
  ControlServerOptions options_;
  std::unique_ptr<ControlListener> listener_;
  std::optional<LocalStream::acceptor> acceptor_;
  ControlServerMetrics metrics_;
  std::unique_ptr<Scope> scope_;  // of all its tasks
};

}  // namespace exocast
