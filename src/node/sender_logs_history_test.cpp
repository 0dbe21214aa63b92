// SPDX-License-Identifier: Apache-2.0
// What receivers hear about their messages is true, whatever happens to them: a broadcaster, native links over
// simulated wires, receivers that refuse, are slow, restart and leave.
#include <algorithm>
#include <map>
#include <set>

#include "exocast/broadcaster.h"
#include "exocast/sender_logs.h"
#include "testing/for_each_seed.h"
#include "testing/link/native_pair.h"

namespace exocast {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

/// One receiver, and what it knows.
class Site final : public MessageHandler {
 public:
  Site(SimLoop& loop, const std::string& name)
      : loop_(loop), random_(loop.random(name)), network_(loop.random(name + " network")) {
    restart();
    NativeLinkOptions options{.seed = random_()};
    link = std::make_shared<NativeLink>(
        loop, std::make_unique<SimDialer>([this](std::uint64_t /*attempt*/) { return dial(); }, Duration::zero()),
        options);
  }

  task<Answer> accept(Message message) override {
    const Origin origin = std::exchange(next_, {});
    if (takes > Duration::zero()) co_await sleep_for(random_.between(0ms, takes));
    if (random_.chance(refuses)) co_return std::unexpected(Status::resource_exhausted("no"));
    EXPECT_TRUE(origin);
    heard.insert(number_of(message));
    got.emplace_back(number_of(message), origin);
    co_return {};
  }
  void comes_from(const Origin& origin) override { next_ = origin; }
  void log_news(std::string_view sender, const LogNews& news) override { logs->add(sender, news); }

  void restart() {
    receiver.reset();
    got.clear();
    logs = std::make_unique<SenderLogs>(logs_max);
    receiver = std::make_unique<NativeReceiver>(loop_, *this, NativeReceiverOptions{.seed = ++incarnations_});
  }

  std::shared_ptr<NativeLink> link;
  std::unique_ptr<NativeReceiver> receiver;
  std::unique_ptr<SenderLogs> logs;
  std::set<int> heard;                      // ever
  std::vector<std::pair<int, Origin>> got;  // since the last restart
  std::vector<TimePoint> left;              // the roster
  std::vector<std::shared_ptr<SimWire>> wires;
  SimWireOptions wire_options;
  std::size_t logs_max = 10;
  Duration takes{};
  double refuses = 0;

 private:
  std::expected<std::unique_ptr<ByteStream>, Status> dial() {
    auto wire = SimWire::make(loop_, Random(network_()), wire_options);
    wires.push_back(wire);
    receiver->serve(wire->end(SimWire::second));
    return wire->end(SimWire::first);
  }

  SimLoop& loop_;
  Random random_;
  Random network_;
  Origin next_;
  std::uint64_t incarnations_ = 0;
};

struct Published {
  TimePoint begun{};
  std::vector<std::size_t> to;
  std::optional<Report> report;
  TimePoint ended{};
};

class LogHistory {
 public:
  LogHistory(std::uint64_t seed, bool faults) : loop(seed), random(loop.random("history")), faults_(faults) {
    const std::size_t sites_count = 1 + random.below(4);
    for (std::size_t i = 0; i < sites_count; ++i) {
      Site& site = *sites.emplace_back(std::make_unique<Site>(loop, "site " + std::to_string(i)));
      site.wire_options.delay_max = wire_delay_max;
      members.insert(i);
      if (!faults) continue;
      if (random.chance(0.4)) site.takes = random.between(1ms, 40ms);
      if (random.chance(0.4)) site.refuses = random.chance(0.5) ? 0.05 : 0.5;
      if (random.chance(0.1)) site.logs_max = 1 + random.below(3);
    }
    broadcaster = std::make_unique<Broadcaster>(
        loop, roster(), BroadcasterOptions{.broadcasts_max = faults && random.chance(0.3) ? 8U : 1000U, .seed = seed});
    scope.spawn(publish());
    if (faults) scope.spawn(do_harm());
  }
  ~LogHistory() {
    broadcaster.reset();
    scope.request_stop();
    run_for(1s);
    for (const auto& site : sites) site->link.reset();
    for (const auto& site : sites) site->receiver.reset();
  }

  void run_for(Duration time) {
    const TimePoint until = loop.now() + time;
    scope.spawn([](Duration time) -> task<void> { co_await sleep_for(time); }(time));
    while (loop.now() < until && loop.turn()) {
    }
  }

  /// What each receiver says of each message now must be true.
  void check() {
    for (const auto& site : sites) {
      for (const auto& [number, origin] : site->got) {
        const Stability said = site->logs->stability(origin);
        ++says[said];
        const Published& message = messages.at(number);
        if (said == Stability::yes) {
          for (const std::size_t to : message.to) {
            const bool left = !sites[to]->left.empty() && sites[to]->left.back() >= message.begun;
            EXPECT_TRUE(sites[to]->heard.contains(number) || left) << number << " is not at site " << to;
          }
          EXPECT_FALSE(message.report && is_lost(*message.report)) << number;
        } else if (said == Stability::no) {
          EXPECT_TRUE(!message.report || is_lost(*message.report)) << number;
        }
      }
    }
  }
  static bool is_lost(const Report& report) {
    return std::ranges::any_of(report.outcomes, [](const PeerReport& row) {
      return row.outcome != PeerOutcome::delivered && !row.error.contains("left the roster");
    });
  }

  static constexpr Duration wire_delay_max = 5ms;
  static constexpr Duration harm_lasts = 2s;
  SimLoop loop;
  Random random;
  std::vector<std::unique_ptr<Site>> sites;
  std::unique_ptr<Broadcaster> broadcaster;
  std::set<std::size_t> members;
  std::map<int, Published> messages;
  std::map<Stability, std::size_t> says;
  bool finished = false;
  Scope scope{loop};

 private:
  Roster roster() {
    std::vector<Destination> to;
    for (const std::size_t i : members) to.push_back({"p" + std::to_string(i), "sim", sites[i]->link, ""});
    return *Roster::make(std::move(to));
  }

  void begin(int number, std::optional<StreamClass> of = std::nullopt) {
    BroadcastOptions options{.timeout = faults_ ? random.between(20ms, 800ms) : 5s};
    const std::uint64_t kind = random.below(faults_ ? 8 : 4);
    if (kind == 0) options.stream_class = StreamClass::bulk;
    if (kind == 1) options.stream_class = StreamClass::control;
    if (kind == 5) options.policy = DeliveryPolicy::quorum(1);
    if (kind == 6) options.limit = 1;
    if (kind == 7) {
      options.stream_class = StreamClass::control;
      options.key = std::to_string(random.below(3));
    }
    if (of) options.stream_class = of;
    Published& message = messages[number];
    message.begun = loop.now();
    message.to.assign(members.begin(), members.end());
    scope.spawn(broadcaster->broadcast(test::numbered(number), std::move(options)),
                [this, &message](OutcomeOf<Report> outcome) noexcept {
                  if (!outcome.ok()) return;
                  message.report = std::move(outcome.value());
                  message.ended = loop.now();
                });
  }

  task<void> publish() {
    const int total = 300;
    const Duration pause = random.between(0ms, 20ms);
    for (int number = 1; number <= total; ++number) {
      begin(number);
      if (random.chance(0.5)) co_await sleep_for(random.between(0ms, pause));
    }
    if (faults_) co_await sleep_for(harm_lasts);
    for (int number = total + 1; number <= total + 20; ++number) {  // so that all are connected
      begin(number, all_stream_classes[static_cast<std::size_t>(number) % all_stream_classes.size()]);
      co_await sleep_for(100ms);
    }
    finished = true;
  }

  task<void> do_harm() {
    const TimePoint until = loop.now() + harm_lasts;
    while (loop.now() < until) {
      co_await sleep_for(random.between(1ms, 300ms));
      const std::size_t at = random.below(sites.size());
      Site& site = *sites[at];
      switch (random.below(4)) {
        case 0:
          if (!site.wires.empty()) site.wires.back()->cut(random.between(0ms, 50ms), random.between(0ms, 50ms));
          break;
        case 1:
          site.restart();
          break;
        case 2:
          if (members.erase(at) > 0) {
            site.left.push_back(loop.now());
          } else {
            members.insert(at);
          }
          broadcaster->set_roster(roster());
          break;
        default:
          if (site.wires.empty()) break;
          const auto wire = site.wires.back();
          wire->stall(SimWire::second);
          co_await sleep_for(random.between(1ms, 900ms));
          wire->resume(SimWire::second);
      }
    }
    for (const auto& site : sites) site->refuses = 0;
  }

  bool faults_;
};

TEST(SenderLogsLong, WhatIsSaidIsTrueWhateverHappensToTheReceivers) {
  std::map<Stability, std::size_t> says;
  for_each_seed(1, 100, [&](std::uint64_t seed) {
    LogHistory history(seed, true);
    for (int steps = 0; steps < 1000 && !history.finished; ++steps) {
      history.run_for(20ms);
      history.check();
    }
    EXPECT_TRUE(history.finished);
    history.run_for(2s);
    history.check();
    for (const auto& [said, count] : history.says) says[said] += count;
    for (const std::size_t member : history.members) {
      const Site& site = *history.sites[member];
      for (const auto& [number, origin] : site.got) {
        EXPECT_NE(site.logs->stability(origin), Stability::not_yet) << number;
      }
    }
  });
  EXPECT_GT(says[Stability::yes], 1000U);
  EXPECT_GT(says[Stability::no], 1000U);
  EXPECT_GT(says[Stability::not_yet], 1000U);
}

TEST(SenderLogsLong, ItIsKnownWithin20MillisecondsAndAWayThere) {
  for_each_seed(1, 50, [](std::uint64_t seed) {
    LogHistory history(seed, false);
    std::vector<std::size_t> known(history.sites.size());  // of the messages of each site, the first ones
    for (int steps = 0; steps < 20'000 && !history.finished; ++steps) {
      history.run_for(1ms);
      // A message is settled with the last one before it in its log; the reports of both are there.
      const TimePoint latest = history.loop.now() - 20ms - 4 * LogHistory::wire_delay_max - 2ms;
      for (std::size_t at = 0; at < known.size(); ++at) {
        const Site& site = *history.sites[at];
        std::set<StreamClass> open;
        for (std::size_t i = known[at]; i < site.got.size(); ++i) {
          const auto& [number, origin] = site.got[i];
          const Published& message = history.messages.at(number);
          if (!message.report || message.ended > latest) open.insert(origin.stream_class);
          if (open.contains(origin.stream_class)) continue;
          EXPECT_EQ(site.logs->stability(origin), Stability::yes) << number;
          if (known[at] == i) ++known[at];
        }
      }
    }
    EXPECT_TRUE(history.finished);
  });
}

}  // namespace
}  // namespace exocast
