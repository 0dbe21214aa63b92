// SPDX-License-Identifier: Apache-2.0
// The NATS receivers: many subscribers in one process, each with its own connection. Each answers every message to its
// inbox, with the message's number and its own. NATS's text protocol is written by hand: the client library needs two
// threads per connection, which would make NATS look slower than it is.

#include "bench/peers/common/receiver.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace exocast::bench {
namespace {

constexpr std::string_view line_end = "\r\n";

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

int connect_to(std::uint16_t port) {
  const int connection = checked(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  checked(connect(connection, reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect");
  const int one = 1;
  setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return connection;
}

/// A line "MSG <subject> <subscription> <inbox> <bytes>" and its message.
struct Delivery {
  std::string_view inbox;
  std::string_view payload;
  std::size_t end = 0;  ///< where the next line begins
};

/// The delivery whose line ends at `line_end_at`; `end` is 0 if it is incomplete.
Delivery delivery_of(std::string_view input, std::size_t begin, std::size_t line_end_at) {
  const std::string_view line = input.substr(begin, line_end_at - begin);
  const std::size_t bytes_at = line.rfind(' ') + 1;
  const std::size_t bytes = std::stoull(std::string(line.substr(bytes_at)));
  const std::size_t payload_at = line_end_at + line_end.size();
  const std::size_t end = payload_at + bytes + line_end.size();
  if (end > input.size() || bytes < sizeof(std::uint64_t)) return {};
  const std::size_t inbox_at = line.rfind(' ', bytes_at - 2) + 1;
  return {
      .inbox = line.substr(inbox_at, bytes_at - 1 - inbox_at), .payload = input.substr(payload_at, bytes), .end = end};
}

class Subscribers {
 public:
  explicit Subscribers(const PeerArguments& told)
      : receiver_(told), epoll_(checked(epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
    for (std::size_t i = 0; i < told.receivers; ++i) {
      Connection& connection = connections_.emplace_back();
      connection.socket = connect_to(told.port);
      connection.number = told.first + i;
      watch(connection.socket, i);
      write(connection,
            "CONNECT {\"verbose\":false,\"pedantic\":false,\"lang\":\"raw\",\"version\":\"1\"}\r\n"
            "SUB broadcast 1\r\nPING\r\n");
      // The subscription is active only once the server has answered.
      while (connection.input.find("PONG") == std::string::npos) read(connection);
      connection.input.clear();
    }
    watch(STDIN_FILENO, told.receivers);
  }
  Subscribers(const Subscribers&) = delete;
  Subscribers& operator=(const Subscribers&) = delete;
  ~Subscribers() { close(epoll_); }

  void run() {
    std::array<epoll_event, 512> events;
    for (;;) {
      const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), -1);
      for (int i = 0; i < count; ++i) {
        const std::size_t index = events[static_cast<std::size_t>(i)].data.u64;
        if (index < connections_.size()) {
          serve(index);
        } else if (!receiver_.obey()) {
          return;
        }
      }
    }
  }

 private:
  struct Connection {
    int socket = -1;
    std::uint64_t number = 0;
    std::string input;
  };

  void watch(int fd, std::size_t index) const {
    epoll_event event{.events = EPOLLIN, .data = {.u64 = index}};
    checked(epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
  }

  static void write(const Connection& connection, std::string_view bytes) {
    const ssize_t sent = send(connection.socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent != static_cast<ssize_t>(bytes.size())) throw std::runtime_error("the server has left");
  }

  static void read(Connection& connection) {
    std::array<char, 65'536> buffer;
    const ssize_t bytes = recv(connection.socket, buffer.data(), buffer.size(), 0);
    if (bytes <= 0) throw std::runtime_error("the server has left");
    connection.input.append(buffer.data(), static_cast<std::size_t>(bytes));
  }

  void serve(std::size_t index) {
    Connection& connection = connections_[index];
    read(connection);
    const std::string_view input = connection.input;
    std::string output;
    std::size_t begin = 0;
    for (auto end = input.find(line_end); end != std::string_view::npos; end = input.find(line_end, begin)) {
      if (input.substr(begin).starts_with("MSG ")) {
        const Delivery delivery = delivery_of(input, begin, end);
        if (delivery.end == 0) break;
        receiver_.heard(index, delivery.payload.data());
        answer(connection, delivery, output);
        begin = delivery.end;
      } else {
        if (input.substr(begin).starts_with("PING")) output += "PONG\r\n";
        begin = end + line_end.size();
      }
    }
    if (!output.empty()) write(connection, output);
    connection.input.erase(0, begin);
  }

  static void answer(const Connection& connection, const Delivery& delivery, std::string& output) {
    std::array<char, 2 * sizeof(std::uint64_t)> answer;
    std::memcpy(answer.data(), delivery.payload.data(), sizeof(std::uint64_t));
    std::memcpy(answer.data() + sizeof(std::uint64_t), &connection.number, sizeof connection.number);
    output.append("PUB ").append(delivery.inbox).append(" 16\r\n");
    output.append(answer.data(), answer.size()).append(line_end);
  }

  PeerReceiver receiver_;
  int epoll_;
  std::vector<Connection> connections_;
};

}  // namespace
}  // namespace exocast::bench

int main(int count, char** arguments) {
  using namespace exocast::bench;
  try {
    Subscribers subscribers(begin_peer(count, arguments));
    say_ready();
    subscribers.run();
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nats-receiver: %s\n", error.what());
    return 1;
  }
}
