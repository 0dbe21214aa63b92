// SPDX-License-Identifier: Apache-2.0
// The promises of a native session under random faults: whatever happens to the connections, each message is handled
// in order, once per incarnation of the receiver, and its sender's outcome is true.
#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "link/native/frames.h"
#include "testing/for_each_seed.h"
#include "testing/link/deliver_all.h"
#include "testing/link/native_pair.h"
#include "testing/link/sim_worker.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

constexpr Duration faults_last = 3s;
constexpr Duration batch_timeout = 4s;

/// Sends messages 1, 2, 3, … like a lane: several batches under way; when one breaks it waits for all, and resends
/// what it may.
class SimLane {
 public:
  SimLane(NativePair& pair, Random random, int total) : pair_(pair), random_(random) {
    for (int number = 1; number <= total; ++number) todo_.push_back(number);
  }

  task<void> run() {
    while (!todo_.empty() || !again_.empty() || under_way_ > 0) {
      if (!broken_ && !todo_.empty() && under_way_ < 4) {
        send();
        if (random_.chance(0.3)) co_await sleep_for(random_.between(0ms, 30ms));
        continue;
      }
      if (under_way_ > 0) {
        ended_.reset();
        co_await ended_.wait();
        continue;
      }
      broken_ = false;
      std::ranges::sort(again_);
      todo_.insert(todo_.begin(), again_.begin(), again_.end());
      again_.clear();
      co_await sleep_for(20ms);
    }
  }

  /// Stops a delivery that is under way, if there is one.
  void stop_one() {
    if (!stops_.empty()) stops_.begin()->second->request_stop();
  }

  std::set<int> accepted;
  std::set<int> refused;
  std::set<int> unsent;   // not sent by the deadline
  std::set<int> unknown;  // possibly handled
  std::set<int> noted;    // with the note that an earlier incarnation may have received them
  std::size_t batches = 0;

 private:
  void send() {
    std::vector<int> numbers;
    std::vector<Message> batch;
    const std::size_t most = 1 + random_.below(random_.chance(0.2) ? 200 : 8);
    std::size_t bytes = 0;
    while (!todo_.empty() && numbers.size() < most) {
      Message message = padded(todo_.front());
      if (!batch.empty() && bytes + message.bytes() > native::batch_bytes_max) break;
      bytes += message.bytes();
      numbers.push_back(todo_.front());
      todo_.pop_front();
      batch.push_back(std::move(message));
    }
    ++under_way_;
    ++batches;
    const std::size_t id = batches;
    auto scope = std::make_unique<Scope>(pair_.loop);
    stops_[id] = scope.get();
    const TimePoint latest = pair_.loop.now() + batch_timeout;
    scope->spawn(test::deliver_all(*pair_.link, std::move(batch), {.deadline = Deadline::at(latest)}),
                 [this, id, latest, numbers = std::move(numbers)](OutcomeOf<BatchEnd> outcome) noexcept {
                   stops_.erase(id);
                   --under_way_;
                   EXPECT_LE(pair_.loop.now(), latest);
                   end(numbers, outcome);
                   ended_.set();
                 });
    scopes_.push_back(std::move(scope));
  }

  void end(const std::vector<int>& numbers, OutcomeOf<BatchEnd>& outcome) {
    if (!outcome.ok()) {  // stopped: the outcome is unknown
      unknown.insert(numbers.begin(), numbers.end());
      return;
    }
    BatchEnd& batch = outcome.value();
    EXPECT_EQ(batch.answered == numbers.size(), !batch.broken.has_value());
    for (std::size_t i = 0; i < batch.answered; ++i) accepted.insert(numbers[i]);
    for (const Refusal& refusal : batch.refused) {
      EXPECT_LT(refusal.index, batch.answered);
      accepted.erase(numbers[refusal.index]);
      refused.insert(numbers[refusal.index]);
    }
    if (!batch.broken) return;
    broken_ = broken_ || batch.resendable;
    for (std::size_t i = batch.answered; i < numbers.size(); ++i) {
      const bool late = batch.broken->code == StatusCode::deadline_exceeded;
      if (batch.resendable && !late) again_.push_back(numbers[i]);
      if (batch.resendable && late) unsent.insert(numbers[i]);
      if (!batch.resendable) unknown.insert(numbers[i]);
      if (!batch.note.empty()) noted.insert(numbers[i]);
    }
  }

  Message padded(int number) {
    std::vector<std::int32_t> tokens(1 + (random_.chance(0.05) ? random_.below(20'000) : random_.below(20)), number);
    return *Message::token_result("request", tokens, false);
  }

  NativePair& pair_;
  Random random_;
  std::deque<int> todo_;
  std::vector<int> again_;
  std::size_t under_way_ = 0;
  bool broken_ = false;
  Event ended_;
  std::map<std::size_t, Scope*> stops_;
  std::vector<std::unique_ptr<Scope>> scopes_;
};

/// Injects random faults for a while, then ends all of them.
task<void> do_harm(NativePair& pair, SimLane& lane, Random random) {
  const TimePoint until = pair.loop.now() + faults_last;
  while (pair.loop.now() < until) {
    co_await sleep_for(random.between(1ms, 400ms));
    const auto soon_or_late = [&] { return random.chance(0.2) ? random.between(0ms, 2s) : random.between(0ms, 20ms); };
    SimWire* wire = pair.wires.empty() ? nullptr : pair.wires.back().get();
    switch (random.below(7)) {
      case 0:
      case 1:
        if (wire != nullptr) wire->cut(soon_or_late(), soon_or_late());
        break;
      case 2: {  // half-open: one end notices only by its keepalive
        if (wire == nullptr) break;
        const bool sender = random.chance(0.5);
        wire->cut(sender ? 10s : 1ms, sender ? 1ms : 10s);
        break;
      }
      case 3:
        if (random.chance(0.5)) pair.restart();
        break;
      case 4: {
        if (wire == nullptr) break;
        const auto side = random.chance(0.5) ? SimWire::first : SimWire::second;
        const auto stalled = pair.wires.back();
        stalled->stall(side);
        co_await sleep_for(random.between(1ms, 900ms));
        stalled->resume(side);
        break;
      }
      case 5:
        pair.refuse_dials = true;
        co_await sleep_for(random.between(1ms, 1500ms));
        pair.refuse_dials = false;
        break;
      default:
        lane.stop_one();
    }
  }
}

void vary(NativePair& pair, Random random) {
  pair.wire_options.delay_max = random.between(0ms, 20ms);
  if (random.chance(0.3)) pair.wire_options.piece_bytes_max = 1 + random.below(100);
  if (random.chance(0.5)) pair.wire_options.buffer_bytes = 1000 + random.below(100'000);
  if (random.chance(0.5)) pair.options.window_messages = 256 + random.below(100);
  if (random.chance(0.5)) pair.options.window_bytes = 1000 + random.below(200'000);
  if (random.chance(0.5)) pair.receiver_options.read_buffer_bytes = 64 + random.below(5000);
  pair.receiver_options.window_messages = 256 + random.below(1000);
  pair.dial_delay = random.between(0ms, 30ms);
  if (random.chance(0.5)) pair.handler.takes = random.between(0ms, 10ms);
  const int refused = random.chance(0.5) ? 2 + static_cast<int>(random.below(5)) : 0;
  if (refused > 0) {  // else they are accepted at once, if handling takes no time
    pair.handler.answer = [refused](const Message& message) -> Answer {
      if (number_of(message) % refused != 0) return {};
      return std::unexpected(Status::resource_exhausted("no"));
    };
  }
  pair.receiver_options.decode_inline_bytes_max = random.chance(0.5) ? random.below(100) : 1 << 20;
  pair.restart();
  pair.heard_before.clear();
  pair.make_link();
}

void expect_the_truth(NativePair& pair, const SimLane& lane, int total) {
  pair.heard_before.push_back(pair.handler.heard);
  std::set<int> heard;
  std::map<int, int> times;
  for (const std::vector<int>& incarnation : pair.heard_before) {
    for (std::size_t i = 1; i < incarnation.size(); ++i) {
      EXPECT_LT(incarnation[i - 1], incarnation[i]) << "not in order, or twice";
    }
    heard.insert(incarnation.begin(), incarnation.end());
    for (const int number : incarnation) ++times[number];
  }
  for (int number = 1; number <= total; ++number) {
    const bool answered = lane.accepted.contains(number) || lane.refused.contains(number);
    EXPECT_EQ(answered + lane.unsent.contains(number) + lane.unknown.contains(number), 1);
    if (answered) EXPECT_TRUE(heard.contains(number)) << number;
    if (lane.unsent.contains(number)) EXPECT_TRUE(!heard.contains(number) || lane.noted.contains(number)) << number;
    if (times[number] > 1) EXPECT_TRUE(lane.noted.contains(number)) << number << " came twice, and nobody said so";
  }
  const NativeLinkMetrics& metrics = pair.link->metrics();
  EXPECT_LE(metrics.unacked_messages_peak, pair.options.window_messages);
  constexpr std::size_t one_batch = native::batch_bytes_max + 50'000;
  EXPECT_LE(metrics.unacked_bytes_peak, std::max(pair.options.window_bytes, one_batch));
  EXPECT_LE(metrics.waiting_peak, 4U);
  EXPECT_EQ(metrics.waiting, 0U);
  EXPECT_EQ(metrics.breaks_of(LinkBreak::protocol), 0U);
  EXPECT_EQ(pair.receiver->metrics().closes_of(ReceiverClose::protocol), 0U);
  EXPECT_LE(pair.receiver->metrics().buffered_bytes_peak, std::size_t{2} * (native::batch_bytes_max + 60'000));
}

TEST(NativeSimLong, OrderAndOncePerIncarnationWhateverHappensToTheConnections) {
  std::size_t breaks = 0;
  std::size_t restarts = 0;
  std::uint64_t unknown = 0;
  std::size_t decoded = 0;
  for_each_seed(1, 1500, [&](std::uint64_t seed) {
    NativePair pair(seed);
    SimWorker worker(pair.loop, pair.loop.random("worker"), 50ms);
    pair.worker = &worker;
    vary(pair, pair.loop.random("vary"));
    const int total = 400;
    SimLane lane(pair, pair.loop.random("lane"), total);
    bool finished = false;
    pair.scope.spawn(lane.run(), [&](const auto&) noexcept { finished = true; });
    pair.scope.spawn(do_harm(pair, lane, pair.loop.random("harm")));
    for (int minutes = 0; minutes < 20 && !finished; ++minutes) pair.run_for(1min);
    pair.run_for(1s);
    EXPECT_TRUE(finished) << "all ends once the faults have";
    expect_the_truth(pair, lane, total);
    for (const std::size_t count : pair.link->metrics().breaks) breaks += count;
    restarts += pair.link->metrics().restarts_total;
    unknown += lane.unknown.size();
    decoded += worker.jobs_total;
    pair.finish();
  });
  EXPECT_GT(decoded, 100U);
  std::printf("%zu breaks, %zu restarts, %zu unknown, %zu decoded outside\n", breaks, restarts, std::size_t{unknown},
              decoded);
}

}  // namespace
}  // namespace exocast
