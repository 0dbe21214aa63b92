// SPDX-License-Identifier: Apache-2.0
#include "bench/fanout/raw_frames.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <ctime>
#include <system_error>

namespace exocast::bench {
namespace {

constexpr std::size_t events_max = 512;

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

void watch(int epoll, int fd, std::uint32_t events) {
  epoll_event event{.events = events, .data = {.fd = fd}};
  checked(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

void send_at_once(int fd) {
  const int one = 1;
  checked(setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one), "TCP_NODELAY");
}

int wait(int epoll, std::span<epoll_event> events, Deadline deadline) {
  timespec timeout{};
  if (!deadline.is_never()) {
    const auto left = deadline.left(Clock::now());
    const auto seconds = std::chrono::floor<std::chrono::seconds>(left);
    timeout = {.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
  }
  const int count = epoll_pwait2(epoll, events.data(), static_cast<int>(events.size()),
                                 deadline.is_never() ? nullptr : &timeout, nullptr);
  return checked(count, "epoll_pwait2");
}

}  // namespace

RawReceiver::RawReceiver()
    : listener_(checked(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")),
      epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")),
      stop_event_(checked(eventfd(0, EFD_CLOEXEC), "eventfd")) {
  sockaddr_in address = loopback(0);
  socklen_t bytes = sizeof address;
  checked(bind(listener_, reinterpret_cast<sockaddr*>(&address), bytes), "bind");
  checked(listen(listener_, SOMAXCONN), "listen");
  checked(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &bytes), "getsockname");
  port_ = ntohs(address.sin_port);
  watch(epoll_, listener_, EPOLLIN);
  watch(epoll_, stop_event_, EPOLLIN);
}

RawReceiver::~RawReceiver() {
  close(listener_);
  close(epoll_);
  close(stop_event_);
}

void RawReceiver::run() {
  std::array<epoll_event, events_max> events;
  for (;;) {
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
    for (int i = 0; i < count; ++i) {
      const int fd = events[static_cast<std::size_t>(i)].data.fd;
      if (fd == stop_event_) return;
      if (fd == listener_) {
        accept_all();
      } else {
        serve(fd);
      }
    }
  }
}

void RawReceiver::stop() noexcept {
  const std::uint64_t one = 1;
  static_cast<void>(write(stop_event_, &one, sizeof one));
}

void RawReceiver::accept_all() {
  for (;;) {
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (connection < 0) return;
    send_at_once(connection);
    const auto index = static_cast<std::size_t>(connection);
    if (received_bytes_.size() <= index) received_bytes_.resize(index + 1);
    received_bytes_[index] = 0;
    watch(epoll_, connection, EPOLLIN);
  }
}

void RawReceiver::serve(int connection) {
  static constexpr std::array<char, raw_ack_bytes> ack{};
  std::array<char, 65'536> buffer;
  const ssize_t bytes = recv(connection, buffer.data(), buffer.size(), 0);
  if (bytes <= 0) {
    close(connection);
    return;
  }
  std::size_t& received = received_bytes_[static_cast<std::size_t>(connection)];
  for (received += static_cast<std::size_t>(bytes); received >= raw_frame_bytes; received -= raw_frame_bytes) {
    static_cast<void>(send(connection, ack.data(), ack.size(), MSG_NOSIGNAL));
  }
}

RawSender::RawSender(const std::vector<std::uint16_t>& ports)
    : epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
  for (const std::uint16_t port : ports) {
    const sockaddr_in address = loopback(port);
    const int connection = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
    connections_.push_back(connection);
    checked(connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
    send_at_once(connection);
    epoll_event event{.events = EPOLLIN | EPOLLET, .data = {.u64 = connections_.size() - 1}};
    checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, connection, &event), "epoll_ctl");
  }
}

RawSender::~RawSender() {
  for (const int connection : connections_) close(connection);
  close(epoll_);
}

void RawSender::send_to_all() {
  send();
  for (std::size_t left = connections_.size(); left > 0;) left -= acknowledged(Deadline::never()).size();
}

void RawSender::send() {
  static constexpr std::array<char, raw_frame_bytes> frame{};
  for (const int connection : connections_)
    checked(static_cast<int>(::send(connection, frame.data(), frame.size(), 0)), "send");
}

std::span<const std::size_t> RawSender::acknowledged(Deadline deadline) {
  std::array<epoll_event, events_max> events;
  acknowledged_.clear();
  const int count = wait(epoll_, events, deadline);
  for (int i = 0; i < count; ++i) {
    std::array<char, 512> acks;
    const std::size_t index = events[static_cast<std::size_t>(i)].data.u64;
    const ssize_t bytes = recv(connections_[index], acks.data(), acks.size(), 0);
    if (bytes < static_cast<ssize_t>(raw_ack_bytes)) {
      throw std::system_error(errno, std::generic_category(), "no acknowledgement");
    }
    acknowledged_.insert(acknowledged_.end(), static_cast<std::size_t>(bytes) / raw_ack_bytes, index);
  }
  return acknowledged_;
}

}  // namespace exocast::bench
