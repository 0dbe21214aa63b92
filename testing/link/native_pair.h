// SPDX-License-Identifier: Apache-2.0
#pragma once
// NativePair: a native link and its receiver over simulated wires, and the outcomes of its messages. For tests. One
// thread.

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "exocast/gather/wait.h"
#include "link/native/native_link.h"
#include "link/native/native_receiver.h"
#include "testing/link/deliver_all.h"
#include "testing/link/sim_stream.h"

namespace exocast::test {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using Answer = std::expected<void, Status>;

/// A message identified by its number: a status {"n":7} or tokens [7].
inline Message numbered(int number) { return *Message::token_result("request", std::vector{number}, false); }
inline int number_of(const Message& message) { return message.tokens().empty() ? -1 : message.tokens().front(); }
inline Message large(std::size_t bytes) {
  return *Message::opaque_status("large", '"' + std::string(bytes, 'x') + '"');
}
inline std::vector<Message> numbered_batch(int first, int count) {
  std::vector<Message> batch;
  for (int i = 0; i < count; ++i) batch.push_back(numbered(first + i));
  return batch;
}

/// Accepts messages at once or after a delay and records them; `answer` may refuse.
class Recorder final : public MessageHandler {
 public:
  task<Answer> accept(Message message) override {
    ++under_way;
    EXPECT_LE(under_way, sessions) << "one message of a session at a time";
    if (takes > Duration::zero()) co_await sleep_for(takes);
    --under_way;
    note(message);
    if (answer) co_return answer(message);
    co_return {};
  }

  bool accept_now(Message& message) override {
    if (takes > Duration::zero() || answer || message.finished()) return false;
    note(message);
    return true;
  }

  void missed(std::uint64_t messages) override { missed_messages += messages; }
  void comes_from(const Origin& origin) override { origins.push_back(origin); }
  void log_news(std::string_view sender, const LogNews& told) override {
    news.push_back(told);
    news_from = sender;
  }
  /// The positions of the messages with an origin, in order.
  std::vector<std::uint64_t> positions() const {
    std::vector<std::uint64_t> all;
    for (const Origin& origin : origins) all.push_back(origin.position);
    return all;
  }

  std::vector<int> heard;
  std::vector<Origin> origins;
  std::vector<LogNews> news;
  std::string news_from;
  std::uint64_t missed_messages = 0;
  std::size_t bytes = 0;
  Duration takes = Duration::zero();
  std::function<Answer(const Message&)> answer;
  int under_way = 0;
  int sessions = 1;

 private:
  void note(const Message& message) {
    EXPECT_LT(under_way, sessions) << "one message of a session at a time";
    heard.push_back(number_of(message));
    bytes += message.bytes();
  }
};

/// The result of a delivery.
struct End {
  bool done = false;
  bool stopped = false;
  BatchEnd batch;
  Duration after{};

  bool delivered(std::size_t count) const {
    return done && !batch.broken && batch.answered == count && batch.refused.empty();
  }
  std::string code() const {
    return batch.broken ? std::string(to_string(batch.broken->code)) : done ? "OK" : stopped ? "stopped" : "open";
  }
};

class NativePair {
 public:
  explicit NativePair(std::uint64_t seed = 1) : loop(seed), network(loop.random("network")) {
    options.seed = loop.random("link")();
    options.node_id = "sender";
    receiver_options.node_id = "receiver";
    restart();
    connect = [this] { return dial(); };
    make_link();
  }
  ~NativePair() { finish(); }

  /// Starts a new incarnation; the old one's connections close.
  void restart() {
    receiver.reset();
    handler.under_way = 0;
    if (incarnations > 0) heard_before.push_back(std::exchange(handler.heard, {}));
    receiver_options.seed = ++incarnations;
    receiver = std::make_unique<NativeReceiver>(loop, handler, receiver_options, worker);
  }
  void make_link() {
    link = std::make_unique<NativeLink>(
        loop, std::make_unique<SimDialer>([this](std::uint64_t /*attempt*/) { return connect(); }, dial_delay),
        options);
  }

  /// The default of dialing: a new wire, served by the receiver.
  std::expected<std::unique_ptr<ByteStream>, Status> dial() {
    if (!receiver || refuse_dials) return std::unexpected(Status::unavailable("refused"));
    auto wire = SimWire::make(loop, Random(network()), wire_options);
    wires.push_back(wire);
    receiver->serve(wire->end(SimWire::second));
    return wire->end(SimWire::first);
  }

  /// Starts the delivery. Its result is stored at the returned index of `ends`.
  std::size_t deliver(std::vector<Message> batch, Duration timeout = 10s,
                      StreamClass stream_class = StreamClass::tokens, std::uint64_t missed = 0) {
    return deliver(std::move(batch),
                   {.deadline = Deadline::after(loop.now(), timeout), .stream_class = stream_class, .missed = missed});
  }
  std::size_t deliver(std::vector<Message> batch, const BatchOptions& options) {
    const std::size_t at = ends.size();
    ends.push_back(std::make_unique<End>());
    scope.spawn(test::deliver_all(*link, std::move(batch), options),
                [this, end = ends.back().get(), begun = loop.now()](OutcomeOf<BatchEnd> outcome) noexcept {
                  end->after = loop.now() - begun;
                  if (outcome.ok()) {
                    end->batch = std::move(outcome.value());
                    end->done = true;
                  } else {
                    end->stopped = true;
                  }
                });
    return at;
  }
  const End& end(std::size_t at) const { return *ends[at]; }

  void run_for(Duration time) {
    const TimePoint until = loop.now() + time;
    scope.spawn([](Duration time) -> task<void> { co_await sleep_for(time); }(time));
    while (loop.now() < until && loop.turn()) {
    }
  }
  /// Runs until no event is left.
  void run_dry() {
    while (loop.turn()) {
    }
  }

  /// Ends everything, and checks that no object is left.
  void finish() {
    scope.request_stop();
    run_for(1ms);
    EXPECT_EQ(scope.live(), 0U);
    link.reset();
    receiver.reset();
    for (const auto& wire : wires) EXPECT_TRUE(wire->closed(SimWire::first) && wire->closed(SimWire::second));
    wires.clear();
  }

  SimLoop loop;
  Random network;
  SimWireOptions wire_options;
  NativeLinkOptions options;
  NativeReceiverOptions receiver_options;
  Worker* worker = nullptr;  // of the next restart()
  Duration dial_delay = Duration::zero();
  bool refuse_dials = false;
  std::uint64_t incarnations = 0;
  std::function<std::expected<std::unique_ptr<ByteStream>, Status>()> connect;
  Recorder handler;
  std::vector<std::vector<int>> heard_before;  // per earlier incarnation
  std::unique_ptr<NativeReceiver> receiver;
  std::vector<std::shared_ptr<SimWire>> wires;
  std::unique_ptr<NativeLink> link;
  Scope scope{loop};
  std::vector<std::unique_ptr<End>> ends;
};

}  // namespace exocast::test
