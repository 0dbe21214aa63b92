// SPDX-License-Identifier: Apache-2.0
// The redis receivers: subscribers in one process. Each publishes for every message its number and its own to the
// channel of answers, through a second connection; the answers to what one read brought are written together.

#include "bench/peers/common/receiver.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <exception>
#include <vector>

#include "bench/peers/common/transport.h"
#include "bench/peers/redis/connection.h"

namespace exocast::bench {
namespace {

struct Subscriber {
  explicit Subscriber(std::uint16_t port) : messages(port), answers(port) { messages.subscribe(messages_channel); }

  RedisConnection messages;
  RedisConnection answers;
};

void serve(PeerReceiver& receiver, Subscriber& subscriber, std::size_t index, std::uint64_t number) {
  subscriber.messages.read([&](std::string_view message) {
    receiver.heard(index, message.data());
    std::array<char, 2 * sizeof(std::uint64_t)> answer;
    std::memcpy(answer.data(), message.data(), sizeof(std::uint64_t));
    std::memcpy(answer.data() + sizeof(std::uint64_t), &number, sizeof number);
    subscriber.answers.publish(answers_channel, {answer.data(), answer.size()});
  });
  subscriber.answers.flush();
}

void run(const PeerArguments& told) {
  PeerReceiver receiver(told);
  std::vector<Subscriber> subscribers;
  std::vector<pollfd> inputs{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}};
  for (std::size_t i = 0; i < told.receivers; ++i) {
    const Subscriber& subscriber = subscribers.emplace_back(told.port);
    inputs.push_back({.fd = subscriber.messages.descriptor(), .events = POLLIN, .revents = 0});
    inputs.push_back({.fd = subscriber.answers.descriptor(), .events = POLLIN, .revents = 0});
  }
  say_ready();
  for (;;) {
    poll(inputs.data(), inputs.size(), -1);
    if (inputs[0].revents != 0 && !receiver.obey()) return;
    for (std::size_t i = 0; i < subscribers.size(); ++i) {
      if (inputs[1 + 2 * i].revents != 0) serve(receiver, subscribers[i], i, told.first + i);
      if (inputs[2 + 2 * i].revents != 0) subscribers[i].answers.read([](std::string_view) {});
    }
  }
}

}  // namespace
}  // namespace exocast::bench

int main(int count, char** arguments) {
  using namespace exocast::bench;
  try {
    run(begin_peer(count, arguments));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "redis-receiver: %s\n", error.what());
    return 1;
  }
}
