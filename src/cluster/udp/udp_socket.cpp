// SPDX-License-Identifier: Apache-2.0
#include "cluster/udp/udp_socket.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

namespace exocast {
namespace {

namespace ip = boost::asio::ip;

bool set(int socket, int level, int option, int value) noexcept {
  return setsockopt(socket, level, option, &value, sizeof value) == 0;
}

/// False on error, with errno set.
bool configure(int socket, const UdpSocketOptions& options) noexcept {
  if (!set(socket, SOL_SOCKET, SO_BROADCAST, 1)) return false;
  if (options.shared && !set(socket, SOL_SOCKET, SO_REUSEADDR, 1)) return false;
  const bool v6 = options.bind.address().is_v6();
  return !v6 || set(socket, IPPROTO_IPV6, IPV6_V6ONLY, options.both_families ? 0 : 1);
}

struct Bound {
  int socket;
  UdpEndpoint local;
};

std::expected<Bound, std::error_code> bind_to(const UdpSocketOptions& options) {
  const auto failed = [](int socket) {
    const std::error_code error(errno, std::generic_category());
    if (socket >= 0) ::close(socket);
    return std::unexpected(error);
  };
  const int family = options.bind.protocol().family();
  const int socket = ::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0 || !configure(socket, options)) return failed(socket);
  const auto size = static_cast<socklen_t>(options.bind.size());
  if (::bind(socket, options.bind.data(), size) != 0) return failed(socket);
  UdpEndpoint local;
  auto room = static_cast<socklen_t>(local.capacity());
  if (::getsockname(socket, local.data(), &room) != 0) return failed(socket);
  local.resize(room);
  return Bound{socket, local};
}

/// The control message that sets the source: room for either family.
class SourceMessage {
 public:
  SourceMessage(msghdr& message, const UdpSource& source) noexcept {
    message.msg_control = bytes_;
    message.msg_controllen = sizeof bytes_;
    if (source.address.is_v4()) {
      in_pktinfo info{};
      info.ipi_ifindex = static_cast<int>(source.interface_index);
      info.ipi_spec_dst.s_addr = htonl(source.address.to_v4().to_uint());
      write(message, IPPROTO_IP, IP_PKTINFO, info);
    } else {
      in6_pktinfo info{};
      info.ipi6_ifindex = source.interface_index;
      const auto bytes = source.address.to_v6().to_bytes();
      std::memcpy(&info.ipi6_addr, bytes.data(), bytes.size());
      write(message, IPPROTO_IPV6, IPV6_PKTINFO, info);
    }
  }

 private:
  template <class Info>
  static void write(msghdr& message, int level, int type, const Info& info) noexcept {
    cmsghdr* header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = level;
    header->cmsg_type = type;
    header->cmsg_len = CMSG_LEN(sizeof info);
    std::memcpy(CMSG_DATA(header), &info, sizeof info);
    message.msg_controllen = CMSG_SPACE(sizeof info);
  }

  alignas(cmsghdr) char bytes_[CMSG_SPACE(sizeof(in6_pktinfo))] = {};
};

}  // namespace

class UdpSocket::Socket final : private Poller::Watch, private Runnable {
 public:
  Socket(Poller& poller, Receiver& receiver, const Bound& bound, std::size_t datagram_bytes_max)
      : Watch(poller, bound.socket),
        receiver_(receiver),
        local_(bound.local),
        buffer_(std::make_unique_for_overwrite<char[]>(datagram_bytes_max)),
        buffer_bytes_(datagram_bytes_max) {}

  std::error_code begin() noexcept { return Watch::begin(); }

  bool send(const UdpEndpoint& to, std::string_view datagram, const UdpSource* source) noexcept {
    const UdpEndpoint reached = of_this_family(to);
    // The system takes non-const pointers, but only reads.
    iovec bytes = {.iov_base = const_cast<char*>(datagram.data()), .iov_len = datagram.size()};
    msghdr message{};
    message.msg_name = const_cast<sockaddr*>(reached.data());
    message.msg_namelen = static_cast<socklen_t>(reached.size());
    message.msg_iov = &bytes;
    message.msg_iovlen = 1;
    const bool sent =
        source != nullptr ? (SourceMessage(message, *source), sendmsg_retrying(message)) : sendmsg_retrying(message);
    ++(sent ? metrics_.sent_total : metrics_.send_failures_total);
    return sent;
  }

  std::error_code join(const ip::address& group, unsigned interface_index) noexcept {
    group_req request{};
    request.gr_interface = interface_index;
    const UdpEndpoint endpoint(group, 0);
    std::memcpy(&request.gr_group, endpoint.data(), endpoint.size());
    const int level = group.is_v4() ? IPPROTO_IP : IPPROTO_IPV6;
    if (setsockopt(descriptor(), level, MCAST_JOIN_GROUP, &request, sizeof request) == 0) return {};
    if (errno == EADDRINUSE) return {};  // joined already
    return {errno, std::generic_category()};
  }

  const UdpEndpoint& local() const noexcept { return local_; }
  const UdpSocketMetrics& metrics() const noexcept { return metrics_; }

 private:
  bool sendmsg_retrying(const msghdr& message) const noexcept {
    while (::sendmsg(descriptor(), &message, MSG_NOSIGNAL) < 0) {
      if (errno != EINTR) return false;
    }
    return true;
  }

  /// An IPv6 socket sends to IPv4 addresses as ::ffff:10.0.0.1.
  UdpEndpoint of_this_family(const UdpEndpoint& to) const noexcept {
    if (local_.address().is_v4() || to.address().is_v6()) return to;
    return {ip::make_address_v6(ip::v4_mapped, to.address().to_v4()), to.port()};
  }

  void ready(Readiness /*readable*/) noexcept override { read_some(); }
  void run() noexcept override { read_some(); }

  void read_some() noexcept {
    for (int reads = 0; reads < reads_per_turn_max; ++reads) {
      if (!read_one()) return;
    }
    if (!queued()) poller().loop().post(*this);
  }

  /// False if no datagram is waiting.
  bool read_one() noexcept {
    UdpEndpoint from;
    auto size = static_cast<socklen_t>(from.capacity());
    const ssize_t got = recvfrom(descriptor(), buffer_.get(), buffer_bytes_, MSG_TRUNC, from.data(), &size);
    if (got < 0) return errno != EAGAIN && errno != EWOULDBLOCK;  // an error of an earlier sent datagram: continue
    from.resize(size);
    ++metrics_.received_total;
    if (static_cast<std::size_t>(got) > buffer_bytes_) {
      ++metrics_.oversized_total;
    } else {
      receiver_.on_datagram(from, {buffer_.get(), static_cast<std::size_t>(got)});
    }
    return true;
  }

  Receiver& receiver_;
  const UdpEndpoint local_;
  const std::unique_ptr<char[]> buffer_;
  const std::size_t buffer_bytes_;
  UdpSocketMetrics metrics_;
};

std::expected<std::unique_ptr<UdpSocket>, std::string> UdpSocket::open(Poller& poller, Receiver& receiver,
                                                                       const UdpSocketOptions& options) {
  const auto fault = [&](const std::error_code& error) {
    const std::string where = to_string(address_of(options.bind));
    return std::unexpected(fmt::format("cannot receive on UDP {}: {}", where, error.message()));
  };
  const auto bound = bind_to(options);
  if (!bound) return fault(bound.error());
  auto socket = std::make_unique<Socket>(poller, receiver, *bound, options.datagram_bytes_max);
  if (const std::error_code error = socket->begin()) return fault(error);
  return std::unique_ptr<UdpSocket>(new UdpSocket(std::move(socket)));
}

UdpSocket::UdpSocket(std::unique_ptr<Socket> socket) noexcept : socket_(std::move(socket)) {}
UdpSocket::~UdpSocket() = default;

bool UdpSocket::has_ipv6() noexcept {
  const int socket = ::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket >= 0) ::close(socket);
  return socket >= 0;
}

bool UdpSocket::send(const UdpEndpoint& to, std::string_view datagram) noexcept {
  return socket_->send(to, datagram, nullptr);
}
bool UdpSocket::send(const UdpEndpoint& to, std::string_view datagram, const UdpSource& source) noexcept {
  return socket_->send(to, datagram, &source);
}
std::error_code UdpSocket::join(const ip::address& group, unsigned interface_index) noexcept {
  return socket_->join(group, interface_index);
}
const UdpEndpoint& UdpSocket::local() const noexcept { return socket_->local(); }
UdpSocketMetrics UdpSocket::metrics() const noexcept { return socket_->metrics(); }

}  // namespace exocast
