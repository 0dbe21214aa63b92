// SPDX-License-Identifier: Apache-2.0
// The redis sender: publishes each message once, pipelined, and subscribes to the channel to which all receivers
// publish their answers. Two connections, because one that subscribes may not publish.

#include <poll.h>

#include <array>
#include <cstdio>
#include <exception>

#include "bench/peers/common/arguments.h"
#include "bench/peers/common/transport.h"
#include "bench/peers/redis/connection.h"

namespace exocast::bench {
namespace {

class Redis final : public Transport {
 public:
  explicit Redis(std::uint16_t port) : publisher_(port), answers_(port) { answers_.subscribe(answers_channel); }

  std::size_t publish(std::uint64_t number) override {
    const PeerMessage message(number);
    publisher_.publish(messages_channel, {message.bytes.data(), message.bytes.size()});
    return 0;  // the server does not report drops
  }

  void take_answers(std::chrono::nanoseconds patience, const OnAnswer& on_answer) override {
    publisher_.flush();
    const timespec time{.tv_sec = patience.count() / 1'000'000'000, .tv_nsec = patience.count() % 1'000'000'000};
    std::array<pollfd, 2> inputs{pollfd{.fd = publisher_.descriptor(), .events = POLLIN, .revents = 0},
                                 pollfd{.fd = answers_.descriptor(), .events = POLLIN, .revents = 0}};
    if (ppoll(inputs.data(), inputs.size(), &time, nullptr) <= 0) return;
    if (inputs[0].revents != 0) publisher_.read([](std::string_view) {});
    if (inputs[1].revents == 0) return;
    answers_.read([&](std::string_view answer) {
      on_answer(number_of(answer.data() + sizeof(std::uint64_t)), number_of(answer.data()));
    });
  }

 private:
  RedisConnection publisher_;
  RedisConnection answers_;
};

}  // namespace
}  // namespace exocast::bench

int main(int count, char** arguments) {
  using namespace exocast::bench;
  try {
    const PeerArguments told = begin_peer(count, arguments);
    Redis redis(told.port);
    return serve_sender(redis, told.receivers);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "redis-sender: %s\n", error.what());
    return 1;
  }
}
