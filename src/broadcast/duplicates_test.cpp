// SPDX-License-Identifier: Apache-2.0
// Lanes over native links that lose answers: no message is handled twice, and none that was handled is reported as
// failed.
#include <numeric>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/broadcaster.h"
#include "exocast/gather/wait.h"
#include "link/native/native_link.h"
#include "link/native/native_receiver.h"
#include "testing/for_each_seed.h"
#include "testing/link/sim_stream.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

/// A peer whose connection sometimes breaks after it has handled a message and before the answer is sent.
class BreakingPeer final : public MessageHandler {
 public:
  BreakingPeer(SimLoop& loop, double breaks) : loop_(loop), random_(loop.random("peer")), breaks_(breaks) {
    link = std::make_shared<NativeLink>(
        loop, std::make_unique<SimDialer>([this](std::uint64_t /*attempt*/) { return dial(); }),
        NativeLinkOptions{.window_messages = 256, .seed = loop.seed()});
  }
  task<std::expected<void, Status>> accept(Message message) override {
    if (random_.chance(0.5)) co_await sleep_for(random_.between(0ms, 5ms));
    heard.push_back(message.tokens().front());
    if (random_.chance(breaks_)) wire_->cut(random_.between(0ms, 50ms), random_.between(0ms, 50ms));
    co_return {};
  }

  std::vector<int> heard;
  std::shared_ptr<NativeLink> link;

 private:
  std::expected<std::unique_ptr<ByteStream>, Status> dial() {
    wire_ = SimWire::make(loop_, Random(random_()), {.delay_min = 1us, .delay_max = 2ms});
    receiver_.serve(wire_->end(SimWire::second));
    return wire_->end(SimWire::first);
  }

  SimLoop& loop_;
  Random random_;
  double breaks_;
  std::shared_ptr<SimWire> wire_;
  NativeReceiver receiver_{loop_, *this, {.seed = 1}};
};

TEST(LaneDuplicates, WhatBreaksBetweenTheHandlerAndItsAnswerBringsNothingTwice) {
  std::size_t breaks = 0;
  for_each_seed(1, 300, [&](std::uint64_t seed) {
    SimLoop loop(seed);
    BreakingPeer peer(loop, 0.1);
    Broadcaster broadcaster(loop, *Roster::make({{"p", "sim", peer.link, ""}}),
                            {.lanes = {.retries = {.tokens_max = 1000}}, .seed = seed});
    std::vector<int> all(100);
    std::iota(all.begin(), all.end(), 0);
    std::vector<Ticket> tickets;
    for (const int number : all) {
      const std::vector<std::int32_t> tokens{number};
      tickets.push_back(broadcaster.publish(*Message::token_result("r", tokens, false), {.timeout = 10min}).value());
      if (number % 10 == 9) loop.run([]() -> task<void> { co_await sleep_for(20ms); }());
    }
    for (const Ticket& ticket : tickets) {
      const Report report = loop.run(ticket.report()).value();
      EXPECT_EQ(report.outcomes[0].outcome, PeerOutcome::delivered) << report.outcomes[0].error;
    }
    EXPECT_EQ(peer.heard, all);
    breaks += peer.link->metrics().reconnects_total;
    peer.link->disconnect();
  });
  if (!seeds_are_chosen()) EXPECT_GT(breaks, 1000U);
}

}  // namespace
}  // namespace exocast
