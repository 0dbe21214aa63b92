// SPDX-License-Identifier: Apache-2.0
#include "link/stream/tcp_dialer.h"

#include <ranges>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

#include "exocast/as_task.h"
#include "exocast/gather/gather.h"

namespace exocast {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Further addresses of a host name are ignored.
constexpr std::size_t addresses_max = 16;

using Endpoints = std::expected<std::vector<tcp::endpoint>, Status>;
/// A connected, non-blocking socket.
using Connected = std::expected<int, Status>;

Status unavailable(std::string text) { return Status::unavailable(std::move(text)); }
Status too_late() { return Status::deadline_exceeded("no connection by the deadline"); }
Status cannot_connect(const boost::system::error_code& error) {
  return unavailable(fmt::format("cannot connect: {}", error.message()));
}

/// Owns its arguments: a lookup cannot be cancelled, so it may outlive its dial.
task<Endpoints> resolve(AsioLoop& loop, PeerAddress address) {
  boost::system::error_code not_numeric;
  const auto numeric = asio::ip::make_address(address.host, not_numeric);
  if (!not_numeric) co_return std::vector{tcp::endpoint(numeric, address.port)};
  tcp::resolver resolver(loop.context());
  const std::string port = std::to_string(address.port);
  const auto found = co_await resolver.async_resolve(address.host, port, tcp::resolver::numeric_service, as_task);
  if (!found) {
    co_return std::unexpected(unavailable(fmt::format("cannot resolve {}: {}", address.host, found.error().message())));
  }
  std::vector<tcp::endpoint> endpoints;
  for (const auto& entry : *found | std::views::take(addresses_max)) endpoints.push_back(entry.endpoint());
  co_return endpoints;
}

task<Connected> connect(AsioLoop& loop, tcp::endpoint to) {
  tcp::socket socket(loop.context());
  const auto connected = co_await socket.async_connect(to, as_task);
  if (!connected) co_return std::unexpected(cannot_connect(connected.error()));
  boost::system::error_code error;
  // A connection to a local port without a listener may get that port as its own, and so connect to itself.
  if (socket.local_endpoint(error) == to) co_return std::unexpected(cannot_connect(asio::error::connection_refused));
  socket.native_non_blocking(true, error);
  const int descriptor = error ? -1 : socket.release(error);
  if (error) co_return std::unexpected(cannot_connect(error));
  co_return descriptor;
}

/// The result of `work`, or a Status at `deadline`.
template <class T>
task<std::expected<T, Status>> in_time(task<std::expected<T, Status>> work, Deadline deadline) {
  auto outcome = co_await with_deadline(std::move(work), deadline);
  if (outcome) co_return std::move(outcome).value();
  co_return std::unexpected(outcome.error() != nullptr ? *outcome.error() : too_late());
}

}  // namespace

TcpDialer::TcpDialer(Poller& poller, PeerAddress address, const TcpOptions& options)
    : poller_(poller), address_(std::move(address)), options_(options) {}

task<std::expected<std::unique_ptr<ByteStream>, Status>> TcpDialer::dial(Deadline deadline) {
  AsioLoop& loop = poller_.loop();
  const auto endpoints = co_await in_time(resolve(loop, address_), deadline);
  if (!endpoints) co_return std::unexpected(endpoints.error());
  Status error = unavailable(fmt::format("cannot resolve {}: no addresses", address_.host));
  for (std::size_t i = 0; i < endpoints->size() && !deadline.passed(loop.now()); ++i) {
    const Duration left = deadline.left(loop.now());
    const auto others = static_cast<int>(endpoints->size() - i);
    const Deadline until = deadline.is_never() ? deadline : Deadline::after(loop.now(), left / others);
    const auto socket = co_await in_time(connect(loop, (*endpoints)[i]), until);
    if (!socket) {
      error = socket.error();
      continue;
    }
    auto stream = TcpStream::make(poller_, *socket, options_);
    if (stream) co_return *std::move(stream);
    co_return std::unexpected(unavailable(fmt::format("cannot watch the connection: {}", stream.error())));
  }
  if (deadline.passed(loop.now())) co_return std::unexpected(too_late());
  co_return std::unexpected(std::move(error));
}

}  // namespace exocast
