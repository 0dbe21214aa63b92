// SPDX-License-Identifier: Apache-2.0
// The NATS sender: publishes each message once, with an inbox to which all receivers answer. Uses the C client with
// SendAsap, which writes at once instead of after up to a millisecond.

#include <nats/nats.h>

#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench/peers/common/arguments.h"
#include "bench/peers/common/transport.h"

namespace exocast::bench {
namespace {

void check(natsStatus status) {
  if (status != NATS_OK) throw std::runtime_error(natsStatus_GetText(status));
}

class Nats final : public Transport {
 public:
  explicit Nats(const PeerArguments& told) {
    check(natsOptions_Create(&options_));
    const std::string url = "nats://127.0.0.1:" + std::to_string(told.port);
    check(natsOptions_SetURL(options_, url.c_str()));
    check(natsOptions_SetSendAsap(options_, true));
    check(natsConnection_Connect(&connection_, options_));
    check(natsInbox_Create(&inbox_));
    check(natsConnection_SubscribeSync(&answers_, connection_, inbox_));
    check(natsSubscription_SetPendingLimits(answers_, -1, -1));
    check(natsConnection_Flush(connection_));
  }
  Nats(const Nats&) = delete;
  Nats& operator=(const Nats&) = delete;
  ~Nats() override {
    natsSubscription_Destroy(answers_);
    natsInbox_Destroy(inbox_);
    natsConnection_Destroy(connection_);
    natsOptions_Destroy(options_);
  }

  std::size_t publish(std::uint64_t number) override {
    const PeerMessage message(number);
    check(natsConnection_PublishRequest(connection_, "broadcast", inbox_, message.bytes.data(), message.bytes.size()));
    return 0;  // the server does not report drops
  }

  void take_answers(std::chrono::nanoseconds patience, const OnAnswer& on_answer) override {
    // The client counts in milliseconds, and 0 means no wait.
    auto wait_ms = std::chrono::ceil<std::chrono::milliseconds>(patience).count();
    for (;; wait_ms = 0) {
      natsMsg* answer = nullptr;
      const natsStatus status = natsSubscription_NextMsg(&answer, answers_, wait_ms);
      if (status == NATS_TIMEOUT) return;
      check(status);
      const std::unique_ptr<natsMsg, void (*)(natsMsg*)> owner(answer, natsMsg_Destroy);
      const char* bytes = natsMsg_GetData(answer);
      on_answer(number_of(bytes + sizeof(std::uint64_t)), number_of(bytes));
    }
  }

 private:
  natsOptions* options_ = nullptr;
  natsConnection* connection_ = nullptr;
  natsInbox* inbox_ = nullptr;
  natsSubscription* answers_ = nullptr;
};

}  // namespace
}  // namespace exocast::bench

int main(int count, char** arguments) {
  using namespace exocast::bench;
  try {
    const PeerArguments told = begin_peer(count, arguments);
    Nats nats(told);
    return serve_sender(nats, told.receivers);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "nats-sender: %s\n", error.what());
    return 1;
  }
}
