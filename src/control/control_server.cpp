// SPDX-License-Identifier: Apache-2.0
#include "control/control_server.h"

#include <unistd.h>

#include <cassert>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <fmt/format.h>

#include "control/control_session.h"
#include "exocast/as_task.h"
#include "exocast/gather/wait.h"
#include "message/json_text.h"

namespace exocast {
namespace {

/// The pause after a failed accept, usually for lack of file descriptors.
constexpr Duration retry_interval = std::chrono::milliseconds(100);

/// Sends the reason before closing, if that is possible without waiting.
void turn_away(LocalStream::socket socket, const std::string& why) {
  const std::string line = fmt::format("{{\"error\":{}}}\n", json_string(why));
  boost::system::error_code ignored;  // the client may have gone already
  socket.non_blocking(true, ignored);
  socket.write_some(boost::asio::buffer(line), ignored);
}

}  // namespace

ControlServer::ControlServer(AsioLoop& loop, ControlHandler handler, std::unique_ptr<ControlListener> listener,
                             const ControlServerOptions& options)
    : loop_(loop),
      handler_(std::move(handler)),
      options_(options),
      listener_(std::move(listener)),
      scope_(std::make_unique<Scope>(loop)) {
  assert(handler_ != nullptr && listener_ != nullptr);
  const auto inside = loop_.enter();
  acceptor_.emplace(listener_->acceptor(loop_));
  scope_->spawn(take_connections());
}

ControlServer::~ControlServer() {
  const auto inside = loop_.enter();
  scope_.reset();
  acceptor_.reset();
}

task<void> ControlServer::take_connections() {
  for (;;) {
    auto socket = co_await acceptor_->async_accept(as_task);
    if (socket) {
      take(*std::move(socket));
    } else {
      co_await sleep_for(retry_interval);
    }
  }
}

void ControlServer::take(LocalStream::socket socket) {
  const auto user = user_of(socket);
  const bool allowed = user && may_control(*user, geteuid());
  if (allowed && metrics_.connections < options_.connections_max) {
    ++metrics_.connections_total;
    scope_->spawn(serve(std::move(socket)));
    return;
  }
  ++metrics_.refused_total;
  turn_away(std::move(socket),
            allowed ? fmt::format("{} connections are open, which is the most there may be", options_.connections_max)
                    : "this node belongs to another user");
}

task<void> ControlServer::serve(LocalStream::socket socket) {
  ++metrics_.connections;
  {
    ControlSession session(handler_, std::move(socket), options_.write_timeout);
    co_await session.run();
  }
  --metrics_.connections;
}

}  // namespace exocast
