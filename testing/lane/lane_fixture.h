// SPDX-License-Identifier: Apache-2.0
#pragma once
// LaneTest: a lane over a link whose batches the test itself answers. For tests of lanes. One thread.

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/gather/wait.h"
#include "lane/lane.h"
#include "testing/sim_loop.h"

namespace exocast::test {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

inline Message token(int number, const std::string& request = "r") {
  return *Message::token_result(request, std::vector<std::int32_t>{number}, false);
}
inline int number_of(const Message& message) { return message.tokens().empty() ? -1 : message.tokens().front(); }

/// Holds its batches until the test answers them.
class HeldLink final : public Link {
 public:
  struct Batch {
    std::vector<int> numbers;
    Deadline deadline = Deadline::never();
    BatchProgress* progress = nullptr;
    std::uint64_t missed = 0;
    std::optional<BatchEnd> end;
    bool over = false;
    Event ended;
  };

  std::string_view kind() const noexcept override { return "held"; }
  std::size_t message_bytes_max() const noexcept override { return 1 << 20; }
  LinkTraits traits() const noexcept override { return now; }
  void disconnect() noexcept override { ++disconnects; }
  task<std::expected<void, Status>> deliver(Message /*message*/, Deadline /*deadline*/) override { co_return {}; }

  task<BatchEnd> deliver_all(MessageBatch messages, BatchOptions options) override {
    Batch& batch = batches.emplace_back();
    batch.progress = options.progress;
    batch.missed = options.missed;
    batch.deadline = options.deadline;
    for (const Message* message : messages) batch.numbers.push_back(number_of(*message));
    struct Over {
      ~Over() { batch.over = true; }
      Batch& batch;
    } over{batch};
    co_await batch.ended.wait();
    co_return *batch.end;
  }

  void answer(std::size_t at, BatchEnd end) {
    batches.at(at).end = std::move(end);
    batches.at(at).ended.set();
  }
  void answer(std::size_t at) { answer(at, {.answered = batches.at(at).numbers.size()}); }
  void lose(std::size_t at, bool resendable, std::size_t answered = 0, const std::string& note = "") {
    answer(at, {.answered = answered, .broken = Status::unavailable("lost"), .resendable = resendable, .note = note});
  }
  /// The numbers of each batch so far.
  std::vector<std::vector<int>> sent() const {
    std::vector<std::vector<int>> all;
    for (const Batch& batch : batches) all.push_back(batch.numbers);
    return all;
  }

  LinkTraits now{.ordered = true, .batch_messages_max = 4, .batch_bytes_max = 1000};
  std::deque<Batch> batches;
  int disconnects = 0;
};

struct LaneTest : testing::Test {
  /// A message in the lane, and its outcome.
  struct Sent {
    explicit Sent(Message carried) : message(std::move(carried)) {}

    Message message;
    LaneItemOptions options;
    LaneItem item;
    std::optional<Delivery> end;
    TimePoint at{};

    std::string word() const {
      if (!end) return "open";
      return *end ? "delivered" : std::string(to_string(end->error().outcome));
    }
    std::string why() const { return end && !*end ? end->error().error.text : ""; }
  };

  void open(const LaneOptions& options = {}, const FairLimits& limits = {}) {
    limiter = std::make_unique<FairLimiter>(loop, limits);
    lane = std::make_unique<Lane>(loop, *limiter, to, options, Random(1));
  }

  /// Adds a message to the lane, not to be sent before its release.
  Sent& hold(Message message, LaneItemOptions options = {}) {
    Sent& sent = all.emplace_back(std::move(message));
    sent.options = std::move(options);
    add(sent);
    scope.spawn(wait(sent));
    return sent;
  }
  void add(Sent& sent) {
    sent.options.message = &sent.message;
    sent.options.stream = LaneQueue::stream_of(sent.message, sent.options.key);
    sent.options.flow = std::make_shared<FairLimiter::Flow>();
    if (!lane) open();
    lane->add(sent.item, sent.options);
  }
  Sent& send(Message message, LaneItemOptions options = {}) {
    Sent& sent = hold(std::move(message), std::move(options));
    sent.item.release();
    return sent;
  }
  task<void> wait(Sent& sent) {
    co_await sent.item.settled();
    sent.end = sent.item.error() == nullptr ? Delivery() : Delivery(std::unexpected(*sent.item.error()));
    sent.at = loop.now();
  }

  void run_for(Duration time) {
    const TimePoint until = loop.now() + time;
    scope.spawn([](Duration time) -> task<void> { co_await sleep_for(time); }(time));
    while (loop.now() < until && loop.turn()) {
    }
    settle();
  }
  /// Runs everything that is ready now.
  void settle() {
    for (int turn = 0; turn < 10; ++turn) {
      Nothing nothing;
      loop.post(nothing);
      loop.turn();
    }
  }

  SimLoop loop{1};
  std::shared_ptr<HeldLink> link = std::make_shared<HeldLink>();
  Destination to{"p", "held:1", link, ""};
  std::unique_ptr<FairLimiter> limiter;
  std::unique_ptr<Lane> lane;
  std::deque<Sent> all;
  Scope scope{loop};

 private:
  struct Nothing final : Runnable {
    void run() noexcept override {}
  };
};

/// All messages were accepted once each batch was answered, in the order of `numbers`.
using Batches = std::vector<std::vector<int>>;

}  // namespace exocast::test
