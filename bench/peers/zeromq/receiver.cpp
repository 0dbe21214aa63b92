// SPDX-License-Identifier: Apache-2.0
// The ZeroMQ receivers: many DEALERs in one process, each of which answers every message with its number.

#include "bench/peers/common/receiver.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>
#include <zmq.hpp>

#include "bench/peers/zeromq/context.h"

namespace exocast::bench {
namespace {

class Dealers {
 public:
  explicit Dealers(const PeerArguments& told) : receiver_(told), epoll_(epoll_create1(EPOLL_CLOEXEC)) {
    const std::string endpoint = "tcp://127.0.0.1:" + std::to_string(told.port);
    for (std::size_t i = 0; i < told.receivers; ++i) {
      zmq::socket_t& socket = sockets_.emplace_back(context_, zmq::socket_type::dealer);
      const RoutingId id = routing_id(told.first + i);
      socket.set(zmq::sockopt::routing_id, zmq::buffer(id));
      socket.set(zmq::sockopt::linger, 0);
      socket.connect(endpoint);
      static_cast<void>(socket.send(zmq::str_buffer("hello")));
      watch(socket.get(zmq::sockopt::fd), EPOLLIN | EPOLLET, i);
    }
    watch(STDIN_FILENO, EPOLLIN, told.receivers);
  }
  Dealers(const Dealers&) = delete;
  Dealers& operator=(const Dealers&) = delete;
  ~Dealers() { close(epoll_); }

  void run() {
    for (std::size_t i = 0; i < sockets_.size(); ++i) answer_all(i);
    std::array<epoll_event, 512> events;
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const std::size_t index = events[static_cast<std::size_t>(i)].data.u64;
        if (index < sockets_.size()) {
          answer_all(index);
        } else if (!receiver_.obey()) {
          return;
        }
      }
    }
  }

 private:
  void watch(int fd, std::uint32_t events, std::size_t index) const {
    epoll_event event{.events = events, .data = {.u64 = index}};
    epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event);
  }

  /// Reads until there is nothing left: only then does ZeroMQ's descriptor signal again.
  void answer_all(std::size_t index) {
    zmq::message_t message;
    while (sockets_[index].recv(message, zmq::recv_flags::dontwait)) {
      receiver_.heard(index, message.data());
      static_cast<void>(sockets_[index].send(zmq::const_buffer(message.data(), sizeof(std::uint64_t))));
    }
  }

  PeerReceiver receiver_;
  ZeroMqContext context_;
  std::vector<zmq::socket_t> sockets_;
  int epoll_;
};

}  // namespace
}  // namespace exocast::bench

int main(int count, char** arguments) {
  using namespace exocast::bench;
  try {
    Dealers dealers(begin_peer(count, arguments));
    say_ready();
    dealers.run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "zeromq-receiver: %s\n", error.what());
    return 1;
  }
}
