// SPDX-License-Identifier: Apache-2.0
#include "link/stream/tcp_listener.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <fmt/format.h>

namespace exocast {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

/// Connections accepted per turn of the loop, so that other work gets its turn.
constexpr int accepted_at_once_max = 64;

/// The error of a single connection, which has gone or was forbidden; the listener is not affected.
bool of_one_connection(int error) noexcept {
  return error == ECONNABORTED || error == EPROTO || error == EPERM || error == EINTR || error == ENETDOWN ||
         error == EHOSTUNREACH || error == ENETUNREACH || error == ENOPROTOOPT || error == EOPNOTSUPP;
}

struct Listening {
  int socket;
  std::uint16_t port;
};

/// Listens on the first IP address of the name for which that works; else returns the error.
std::expected<Listening, std::string> listen_on(const PeerAddress& address, int backlog_max) {
  asio::io_context context;
  boost::system::error_code error;
  const auto found =
      tcp::resolver(context).resolve(address.host, std::to_string(address.port), tcp::resolver::passive, error);
  if (error) return std::unexpected(error.message());
  for (const auto& entry : found) {
    tcp::acceptor acceptor(context);
    acceptor.open(entry.endpoint().protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(entry.endpoint(), error);
    if (!error) acceptor.listen(backlog_max, error);
    if (!error) acceptor.native_non_blocking(true, error);
    if (error) continue;
    const std::uint16_t port = acceptor.local_endpoint(error).port();
    const int socket = acceptor.release(error);
    if (!error) return Listening{socket, port};
  }
  return std::unexpected(error ? error.message() : "the name has no address");
}

}  // namespace

class TcpListener::Socket final : private Poller::Watch, private Runnable, private Timer {
 public:
  Socket(Poller& poller, int socket, PeerAddress address, Acceptor& acceptor, const TcpListenerOptions& options)
      : Watch(poller, socket), address_(std::move(address)), acceptor_(acceptor), options_(options) {}
  ~Socket() { *self_ = nullptr; }

  std::error_code begin() noexcept { return Watch::begin(); }
  const PeerAddress& address() const noexcept { return address_; }
  const TcpListenerMetrics& metrics() const noexcept { return metrics_; }

 private:
  /// Counts one connection; its stream keeps this object.
  class Place {
   public:
    explicit Place(std::shared_ptr<Socket*> of) noexcept : of_(std::move(of)) { ++(*of_)->metrics_.connections; }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place() {
      if (*of_ != nullptr) (*of_)->one_has_ended();
    }

   private:
    std::shared_ptr<Socket*> of_;
  };

  void ready(Readiness /*readable*/) noexcept override { accept_some(); }
  void run() noexcept override { accept_some(); }
  void fired() noexcept override { accept_some(); }

  void accept_some() noexcept {
    for (int accepted = 0; accepted < accepted_at_once_max; ++accepted) {
      if (metrics_.connections >= options_.connections_max) {
        full_ = true;
        ++metrics_.full_total;
        return;
      }
      if (!accept_one()) return;
    }
    go_on();
  }

  /// False if no connection is waiting.
  bool accept_one() noexcept {
    const int socket = accept4(descriptor(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      if (errno == EAGAIN) return false;
      if (of_one_connection(errno)) return true;
      return try_later();
    }
    // On failure the connection is closed, and its place released.
    auto stream = TcpStream::make(poller(), socket, options_.stream, std::make_shared<Place>(self_));
    if (!stream) return try_later();
    ++metrics_.accepted_total;
    acceptor_.on_connection(*std::move(stream));
    return true;
  }

  /// Connections that are waiting already cause no new edge.
  bool try_later() noexcept {
    ++metrics_.exhausted_total;
    poller().loop().wake_at(*this, Deadline::after(poller().loop().now(), options_.retry_interval).time());
    return false;
  }

  void one_has_ended() noexcept {
    --metrics_.connections;
    if (std::exchange(full_, false)) go_on();
  }

  void go_on() noexcept {
    if (!queued()) poller().loop().post(*this);
  }

  const PeerAddress address_;
  Acceptor& acceptor_;
  const TcpListenerOptions options_;
  TcpListenerMetrics metrics_;
  bool full_ = false;  // connections may be waiting
  std::shared_ptr<Socket*> self_ = std::make_shared<Socket*>(this);
};

std::expected<std::unique_ptr<TcpListener>, std::string> TcpListener::start(Poller& poller, const PeerAddress& listen,
                                                                            Acceptor& acceptor,
                                                                            const TcpListenerOptions& options) {
  const auto fault = [&](const std::string& why) {
    return std::unexpected(fmt::format("cannot listen on {}: {}", to_string(listen), why));
  };
  const auto listening = listen_on(listen, options.backlog_max);
  if (!listening) return fault(listening.error());
  const PeerAddress address = {.host = listen.host, .port = listening->port};
  auto socket = std::make_unique<Socket>(poller, listening->socket, address, acceptor, options);
  if (const std::error_code error = socket->begin()) return fault(error.message());
  return std::unique_ptr<TcpListener>(new TcpListener(std::move(socket)));
}

TcpListener::TcpListener(std::unique_ptr<Socket> socket) noexcept : socket_(std::move(socket)) {}
TcpListener::~TcpListener() = default;

const PeerAddress& TcpListener::address() const noexcept { return socket_->address(); }
TcpListenerMetrics TcpListener::metrics() const noexcept { return socket_->metrics(); }

}  // namespace exocast
