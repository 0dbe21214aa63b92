// SPDX-License-Identifier: Apache-2.0
// What a broadcaster tells its links of its logs, and when.
#include "broadcast/log_teller.h"

#include <chrono>
#include <map>

#include <gtest/gtest.h>

#include "exocast/broadcaster.h"
#include "exocast/gather/wait.h"
#include "testing/sim_loop.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

/// An ordered link that answers after a while, and records what it is told.
class ToldLink final : public Link {
 public:
  explicit ToldLink(const Scheduler& scheduler) : scheduler_(scheduler) {}

  std::string_view kind() const noexcept override { return "told"; }
  std::size_t message_bytes_max() const noexcept override { return 1000; }
  LinkTraits traits() const noexcept override {
    return {.ordered = true, .batch_messages_max = 4, .batch_bytes_max = 4096};
  }
  task<std::expected<void, Status>> deliver(Message /*message*/, Deadline /*deadline*/) override { co_return {}; }
  task<BatchEnd> deliver_all(MessageBatch batch, BatchOptions options) override {
    batches.push_back({options.position, {options.steps.begin(), options.steps.end()}});
    co_await sleep_for(takes);
    BatchEnd end{.answered = batch.size()};
    if (refuses) end.refused.push_back({.index = 0, .error = Status::unknown("no")});
    co_return end;
  }
  void tell(const LogProgress& log) override {
    progress[log.stream_class()] = log.shared_from_this();
    tells.push_back(scheduler_.now());
  }

  struct Batch {
    std::uint64_t position;
    std::vector<std::int64_t> steps;
  };
  std::vector<Batch> batches;
  std::vector<TimePoint> tells;
  std::map<StreamClass, std::shared_ptr<const LogProgress>> progress;
  Duration takes = 1ms;
  bool refuses = false;

 private:
  const Scheduler& scheduler_;
};

struct LogTellerTest : testing::Test {
  LogTellerTest() { broadcaster = std::make_unique<Broadcaster>(loop, roster(2), BroadcasterOptions{.seed = 1}); }

  Roster roster(std::size_t count) {
    std::vector<Destination> to;
    for (std::size_t i = 0; i < count; ++i) to.push_back({"p" + std::to_string(i), "", links[i], ""});
    return *Roster::make(std::move(to));
  }
  void publish(const BroadcastOptions& options = {.timeout = 1s}) {
    EXPECT_TRUE(broadcaster->publish(*Message::token_result("r", std::vector{1}, false), options));
  }
  void run_for(Duration time) {
    const TimePoint until = loop.now() + time;
    scope.spawn([](Duration time) -> task<void> { co_await sleep_for(time); }(time));
    while (loop.now() < until && loop.turn()) {
    }
  }
  Stability stability(std::uint64_t position, StreamClass of = StreamClass::tokens) {
    const auto& progress = links[0]->progress[of];
    return progress != nullptr ? progress->stability(position) : Stability::unknown;
  }

  SimLoop loop{1};
  std::vector<std::shared_ptr<ToldLink>> links{std::make_shared<ToldLink>(loop), std::make_shared<ToldLink>(loop)};
  std::unique_ptr<Broadcaster> broadcaster;
  Scope scope{loop};
};

TEST_F(LogTellerTest, Within20MillisecondsOfTheLastAnswerAndThenNothingMore) {
  links[1]->takes = 50ms;
  publish();
  run_for(50ms);
  EXPECT_TRUE(links[0]->tells.empty()) << "nothing is settled";
  run_for(20ms + 1us);
  ASSERT_EQ(links[0]->tells.size(), 1U);
  EXPECT_EQ(links[1]->tells.size(), 1U);
  EXPECT_EQ(stability(1), Stability::yes);
  EXPECT_EQ(stability(2), Stability::not_yet);
  run_for(10s);
  EXPECT_EQ(links[0]->tells.size(), 1U) << "an idle cluster sends nothing";
}

TEST_F(LogTellerTest, WhileMessagesArePublishedTheirBatchesTell) {
  for (int i = 0; i < 100; ++i) {
    publish();
    run_for(5ms);
  }
  EXPECT_TRUE(links[0]->tells.empty());
  run_for(20ms);
  EXPECT_EQ(links[0]->tells.size(), 1U);
  EXPECT_EQ(stability(100), Stability::yes);
}

TEST_F(LogTellerTest, ARefusalATimeOutAndACancellationAreLosses) {
  links[1]->refuses = true;
  publish();
  run_for(10ms);
  links[1]->refuses = false;
  publish();
  run_for(10ms);
  links[1]->takes = 1min;
  publish({.timeout = 10ms});
  run_for(20ms);
  publish({.timeout = 1s, .policy = DeliveryPolicy::quorum(1)});
  run_for(50ms);
  EXPECT_EQ(stability(1), Stability::no);
  EXPECT_EQ(stability(2), Stability::yes);
  EXPECT_EQ(stability(3), Stability::no);
  EXPECT_EQ(stability(4), Stability::no);
}

TEST_F(LogTellerTest, AReceiverThatLeavesLosesNothingButOneThatGetsAnotherLinkDoes) {
  links[1]->takes = 1min;
  publish();
  run_for(5ms);
  broadcaster->set_roster(roster(1));
  run_for(30ms);
  EXPECT_EQ(stability(1), Stability::yes);
  broadcaster->set_roster(roster(2));
  publish();
  run_for(5ms);
  links[1] = std::make_shared<ToldLink>(loop);
  broadcaster->set_roster(roster(2));
  run_for(30ms);
  EXPECT_EQ(stability(2), Stability::no);
}

TEST_F(LogTellerTest, WhoFallsBehindHasLostIt) {
  broadcaster = std::make_unique<Broadcaster>(loop, roster(2), BroadcasterOptions{.broadcasts_max = 4, .seed = 1});
  links[1]->takes = 1min;
  for (int i = 0; i < 40; ++i) {
    publish({.timeout = 1min});
    run_for(50ms);
  }
  EXPECT_EQ(stability(1), Stability::no);
  EXPECT_EQ(stability(30), Stability::no);
  EXPECT_EQ(stability(40), Stability::not_yet);
}

TEST_F(LogTellerTest, EachClassIsALogAndTheOldestOpenMessageHoldsItBack) {
  links[1]->takes = 100ms;
  publish();
  run_for(10ms);
  links[1]->takes = 1ms;
  publish({.timeout = 1s, .stream_class = StreamClass::bulk});
  publish();
  run_for(40ms);
  EXPECT_EQ(stability(1, StreamClass::bulk), Stability::yes);
  EXPECT_NE(stability(2), Stability::yes) << "the first is not settled";
  run_for(100ms);
  EXPECT_EQ(stability(1), Stability::yes);
  EXPECT_EQ(stability(2), Stability::yes);
}

TEST_F(LogTellerTest, ABatchSaysWhereItsMessagesAre) {
  for (int i = 0; i < 3; ++i) publish();
  run_for(10ms);
  ASSERT_EQ(links[0]->batches.size(), 1U);
  EXPECT_EQ(links[0]->batches[0].position, 1U);
  EXPECT_TRUE(links[0]->batches[0].steps.empty());
  links[0]->takes = 20ms;
  for (int i = 0; i < 32; ++i) publish();  // 8 batches under way
  publish();
  publish({.timeout = 1s, .expires_after = 1ms});
  publish();
  run_for(100ms);
  EXPECT_EQ(links[0]->batches.back().position, 36U);
  EXPECT_EQ(links[0]->batches.back().steps, (std::vector<std::int64_t>{2})) << "37 has expired";
}

TEST_F(LogTellerTest, ABroadcasterThatEndsTellsBefore) {
  publish();
  run_for(5ms);
  EXPECT_TRUE(links[0]->tells.empty());
  broadcaster.reset();
  EXPECT_EQ(links[0]->tells.size(), 1U);
  EXPECT_EQ(stability(1), Stability::yes);
}

}  // namespace
}  // namespace exocast
