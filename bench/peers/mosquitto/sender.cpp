// SPDX-License-Identifier: Apache-2.0
// The MQTT sender: publishes each message once, and subscribes to the topic to which all receivers publish their
// answers.

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <exception>

#include "bench/peers/common/arguments.h"
#include "bench/peers/common/transport.h"
#include "bench/peers/mosquitto/client.h"

namespace exocast::bench {
namespace {

class Mqtt final : public Transport {
 public:
  explicit Mqtt(std::uint16_t port)
      : client_(port, answers_topic, [this](std::string_view answer) {
          (*on_answer_)(number_of(answer.data() + sizeof(std::uint64_t)), number_of(answer.data()));
        }) {}

  std::size_t publish(std::uint64_t number) override {
    const PeerMessage message(number);
    client_.publish(messages_topic, {message.bytes.data(), message.bytes.size()});
    return 0;  // the broker does not report drops
  }

  void take_answers(std::chrono::nanoseconds patience, const OnAnswer& on_answer) override {
    on_answer_ = &on_answer;
    const auto wait = std::min<std::chrono::nanoseconds>(patience, std::chrono::seconds(1));
    const timespec time{.tv_sec = wait.count() / 1'000'000'000, .tv_nsec = wait.count() % 1'000'000'000};
    pollfd socket{.fd = client_.descriptor(), .events = POLLIN, .revents = 0};
    if (client_.wants_to_write()) socket.events |= POLLOUT;
    ppoll(&socket, 1, &time, nullptr);
    if ((socket.revents & ~POLLOUT) != 0) client_.read();
    if ((socket.revents & POLLOUT) != 0) client_.write();
    client_.tick();
  }

 private:
  const OnAnswer* on_answer_ = nullptr;  // while take_answers() runs
  MqttClient client_;
};

}  // namespace
}  // namespace exocast::bench

int main(int count, char** arguments) {
  using namespace exocast::bench;
  try {
    const PeerArguments told = begin_peer(count, arguments);
    mosquitto_lib_init();
    Mqtt mqtt(told.port);
    return serve_sender(mqtt, told.receivers);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "mosquitto-sender: %s\n", error.what());
    return 1;
  }
}
