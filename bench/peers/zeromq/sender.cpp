// SPDX-License-Identifier: Apache-2.0
// The ZeroMQ sender: a ROUTER that addresses each DEALER by its routing id, in its usual configuration: MANDATORY, so
// that a full queue is reported, and the default queues of 1,000 messages.

#include <poll.h>

#include <cstdio>
#include <exception>
#include <vector>
#include <zmq.hpp>

#include "bench/peers/common/arguments.h"
#include "bench/peers/common/transport.h"
#include "bench/peers/zeromq/context.h"

namespace exocast::bench {
namespace {

class Router final : public Transport {
 public:
  explicit Router(std::size_t receivers) : socket_(context_, zmq::socket_type::router), ids_(receivers) {
    socket_.set(zmq::sockopt::router_mandatory, true);
    socket_.set(zmq::sockopt::backlog, 4096);
    socket_.set(zmq::sockopt::linger, 0);
    socket_.bind("tcp://127.0.0.1:*");
    const std::string endpoint = socket_.get(zmq::sockopt::last_endpoint);
    std::printf("{\"port\":%s}\n", endpoint.c_str() + endpoint.rfind(':') + 1);
    std::fflush(stdout);
    for (std::size_t joined = 0; joined < receivers; ++joined) {
      zmq::message_t id;
      zmq::message_t hello;
      static_cast<void>(socket_.recv(id));
      static_cast<void>(socket_.recv(hello));
      ids_.at(index_of(id)).copy(id);
    }
  }

  std::size_t publish(std::uint64_t number) override {
    const PeerMessage message(number);
    std::size_t full = 0;
    for (const zmq::message_t& id : ids_) {
      if (can_take(id)) {
        static_cast<void>(socket_.send(zmq::buffer(message.bytes), zmq::send_flags::dontwait));
      } else {
        ++full;
      }
    }
    return full;
  }

  void take_answers(std::chrono::nanoseconds patience, const OnAnswer& on_answer) override {
    if (take_all(on_answer) || patience.count() == 0) return;
    const timespec time{.tv_sec = patience.count() / 1'000'000'000, .tv_nsec = patience.count() % 1'000'000'000};
    pollfd input{.fd = socket_.get(zmq::sockopt::fd), .events = POLLIN, .revents = 0};
    ppoll(&input, 1, &time, nullptr);  // zmq_poll() would count in milliseconds
    take_all(on_answer);
  }

 private:
  /// Begins a message to `id`; false if its queue is full or it is gone.
  bool can_take(const zmq::message_t& id) {
    try {
      const zmq::const_buffer bytes(id.data(), id.size());
      return socket_.send(bytes, zmq::send_flags::sndmore | zmq::send_flags::dontwait).has_value();
    } catch (const zmq::error_t& error) {
      if (error.num() == EHOSTUNREACH) return false;
      throw;
    }
  }

  bool take_all(const OnAnswer& on_answer) {
    bool any = false;
    zmq::message_t id;
    zmq::message_t answer;
    while (socket_.recv(id, zmq::recv_flags::dontwait)) {
      static_cast<void>(socket_.recv(answer, zmq::recv_flags::dontwait));
      on_answer(index_of(id), number_of(answer.data()));
      any = true;
    }
    return any;
  }

  ZeroMqContext context_;
  zmq::socket_t socket_;
  std::vector<zmq::message_t> ids_;
};

}  // namespace
}  // namespace exocast::bench

int main(int count, char** arguments) {
  using namespace exocast::bench;
  try {
    const PeerArguments told = begin_peer(count, arguments);
    Router router(told.receivers);
    return serve_sender(router, told.receivers);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "zeromq-sender: %s\n", error.what());
    return 1;
  }
}
