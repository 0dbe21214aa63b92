// SPDX-License-Identifier: Apache-2.0
// The MQTT receivers: subscribers in one process, each with its own connection. Each publishes for every message its
// number and its own to the topic of answers.

#include "bench/peers/common/receiver.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <vector>

#include "bench/peers/common/transport.h"
#include "bench/peers/mosquitto/client.h"

namespace exocast::bench {
namespace {

class Subscriber {
 public:
  Subscriber(const PeerArguments& told, PeerReceiver& receiver, std::size_t index)
      : client_(told.port, messages_topic,
                [this, &receiver, index, number = std::uint64_t{told.first + index}](std::string_view message) {
                  receiver.heard(index, message.data());
                  answer(message, number);
                }) {}

  void prepare(pollfd& socket) const noexcept {
    socket = {.fd = client_.descriptor(), .events = POLLIN, .revents = 0};
    if (client_.wants_to_write()) socket.events |= POLLOUT;
  }
  void serve(short events) {
    if ((events & ~POLLOUT) != 0) client_.read();
    if (client_.wants_to_write()) client_.write();
    client_.tick();
  }

 private:
  void answer(std::string_view message, std::uint64_t number) {
    std::array<char, 2 * sizeof(std::uint64_t)> bytes;
    std::memcpy(bytes.data(), message.data(), sizeof(std::uint64_t));
    std::memcpy(bytes.data() + sizeof(std::uint64_t), &number, sizeof number);
    client_.publish(answers_topic, {bytes.data(), bytes.size()});
  }

  MqttClient client_;
};

void run(const PeerArguments& told) {
  PeerReceiver receiver(told);
  std::vector<std::unique_ptr<Subscriber>> subscribers;
  for (std::size_t i = 0; i < told.receivers; ++i) {
    subscribers.push_back(std::make_unique<Subscriber>(told, receiver, i));
  }
  std::vector<pollfd> inputs(1 + told.receivers, {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0});
  say_ready();
  for (;;) {
    for (std::size_t i = 0; i < subscribers.size(); ++i) subscribers[i]->prepare(inputs[1 + i]);
    poll(inputs.data(), inputs.size(), 1000);
    if (inputs[0].revents != 0 && !receiver.obey()) return;
    for (std::size_t i = 0; i < subscribers.size(); ++i) subscribers[i]->serve(inputs[1 + i].revents);
  }
}

}  // namespace
}  // namespace exocast::bench

int main(int count, char** arguments) {
  using namespace exocast::bench;
  try {
    mosquitto_lib_init();
    run(begin_peer(count, arguments));
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mosquitto-receiver: %s\n", error.what());
    return 1;
  }
}
