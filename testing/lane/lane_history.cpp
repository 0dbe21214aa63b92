// SPDX-License-Identifier: Apache-2.0
#include "testing/lane/lane_history.h"

#include <algorithm>
#include <utility>

#include <gtest/gtest.h>

#include "exocast/gather/wait.h"

namespace exocast {

using namespace std::chrono_literals;

namespace {
constexpr Duration faults_last = 3s;
constexpr std::size_t peer_count = 3;
}  // namespace

LaneHistory::LaneHistory(std::uint64_t seed, const LaneHistoryOptions& options)
    : options_(options),
      loop_(seed),
      heals_at_(loop_.now() + faults_last),
      over_since_(peer_count, TimePoint::max()),
      dropped_(peer_count) {
  Random random = loop_.random("history");
  std::vector<Destination> destinations;
  for (std::size_t index = 0; index < peer_count; ++index) {
    const std::string name = "p" + std::to_string(index);
    peers.push_back(std::make_unique<LanePeer>(loop_, index, options, loop_.random(name), gauges));
    destinations.push_back({name, "sim:" + name, peers.back()->link(), ""});
  }
  lanes.circuit.probes = {.first = 100ms, .most = 500ms};
  limits = {.active = 1000};
  if (!options.apart) {
    limits = {.active = 1 + random.below(12), .parked = random.below(7), .per_target = 1 + random.below(4)};
    constexpr Overflow drawn[] = {Overflow::drop_oldest, Overflow::wait, Overflow::latest_wins};
    const Overflow overflow = drawn[random.below(3)];
    lanes.overflow = {overflow, overflow, overflow};
    lanes.limits = {.messages = 5 + random.below(15), .patience = options.draw(random, 0ms, 50ms)};
    broadcasts_max = 5 + random.below(60);
    bytes_max = 200'000 + random.below(200'000);  // more than the largest message
  } else {
    broadcasts_max = 100'000;
    bytes_max = std::size_t{1} << 30;
  }
  broadcaster_ = std::make_unique<Broadcaster>(
      loop_, *Roster::make(std::move(destinations)),
      BroadcasterOptions{
          .limits = limits, .lanes = lanes, .broadcasts_max = broadcasts_max, .bytes_max = bytes_max, .seed = seed});
  streams_ = 1 + random.below(5);
  run();
}

void LaneHistory::run() {
  Scope scope(loop_);
  for (std::size_t peer = 0; options_.faults && peer < (options_.apart ? 1 : peers.size()); ++peer) {
    scope.spawn(peers[peer]->do_harm(loop_.random("harm " + std::to_string(peer)), heals_at_));
  }
  for (std::size_t stream = 0; stream < streams_; ++stream) scope.spawn(live(stream));
  if (options_.sleeps) scope.spawn(sleep_now_and_then(loop_.random("sleeps")));
  const TimePoint end = heals_at_ + 60s;
  while (living_ > 0 && loop_.now() < end && loop_.turn()) look();
  EXPECT_EQ(living_, 0U) << "all ends";
  const auto drained = loop_.run(broadcaster_->drain(Deadline::after(loop_.now(), 5s)));
  left = drained.value();
  at_the_end = broadcaster_->metrics();
  for (std::size_t peer = 0; peer < peers.size(); ++peer) lanes_at_the_end.push_back(broadcaster_->lane_metrics(peer));
  scope.request_stop();
  broadcaster_.reset();
  for (const auto& peer : peers) peer->close();
}

/// Checks at every step.
void LaneHistory::look() {
  for (std::size_t peer = 0; peer < peers.size(); ++peer) {
    const LaneMetrics lane = broadcaster_->lane_metrics(peer);
    const bool over = lane.queued_messages > lanes.limits.messages;
    TimePoint& since = over_since_[peer];
    // Where messages were dropped it was within its limit for a moment, and has filled again since.
    const bool made_room = std::exchange(dropped_[peer], lane.dropped_total) != lane.dropped_total;
    if (!over || made_room) since = TimePoint::max();
    if (over && since == TimePoint::max()) since = loop_.now();
    if (over) over_longest = std::max(over_longest, loop_.now() - since);
  }
  const BroadcasterMetrics metrics = broadcaster_->metrics();
  EXPECT_LE(metrics.broadcasts, 2 * all_stream_classes.size() * broadcasts_max);
  EXPECT_LE(metrics.sends.active, limits.active.count());
}

/// One stream: some messages during the faults, a few that detect their end, and some after that.
task<void> LaneHistory::live(std::size_t stream) {
  ++living_;
  Random random = loop_.random("stream " + std::to_string(stream));
  while (loop_.now() < heals_at_) {
    const std::size_t burst = random.chance(0.1) ? 1 + random.below(25) : 1;
    for (std::size_t i = 0; i < burst; ++i) publish(stream, false, random);
    co_await sleep_for(options_.draw(random, 1us, 300ms));
  }
  // By then the last half-open wire has ended, even if the machine stood still past the end of the faults.
  co_await sleep_until(Deadline::at(std::max(heals_at_, loop_.now()) + 12s + 1ms * stream));
  for (int again = 0; again < 3; ++again) {
    publish(stream, false, random);
    co_await sleep_for(1s);
  }
  // A link that merges skips the rest of a request of which it lost a message.
  while (!publish(stream, false, random, true)) co_await sleep_for(1s);
  co_await sleep_for(5s);
  for (int last = 0; last < 3; ++last) {
    while (!publish(stream, true, random)) {
      const std::vector<std::int32_t> many(41'000, 1'000);
      co_await broadcaster_->room(*Message::token_result("", many, false),
                                  {.stream_class = all_stream_classes[stream % 3]});
    }
    co_await sleep_for(1s);
  }
  co_await sleep_for(7s);
  --living_;
}

task<void> LaneHistory::sleep_now_and_then(Random random) {
  while (loop_.now() < heals_at_) {
    co_await sleep_for(options_.draw(random, 1ms, 1s));
    const Duration slept = options_.draw(random, 1ms, random.chance(0.2) ? 8s : 500ms);
    sleeps_.emplace_back(loop_.now(), loop_.now() + slept);
    loop_.stand_still(slept);
  }
}

TimePoint LaneHistory::awake_at(TimePoint time) const {
  for (const auto& [from, to] : sleeps_) {
    if (from <= time && time < to) time = to;  // events due in between run after it
  }
  return time;
}

bool LaneHistory::publish(std::size_t stream, bool healed, Random& random, bool finished) {
  const std::size_t number = published.size();
  const bool large = random.chance(0.05);
  const Duration timeout = healed ? 5s : options_.draw(random, 10ms, 4s);
  const std::vector<std::int32_t> tokens(large ? 1000 + random.below(40'000) : 1 + random.below(5),
                                         static_cast<std::int32_t>(number));
  BroadcastOptions options{.timeout = timeout, .stream_class = all_stream_classes[stream % 3]};
  if (random.chance(0.1)) options.expires_after = options_.draw(random, 1ms, 1s);
  if (random.chance(0.1)) options.per_peer = options_.draw(random, 1ms, 1s);
  const std::size_t key = lanes.overflow.front() == Overflow::latest_wins && !healed && !finished ? random.below(3) : 0;
  if (key > 0) options.key = "key " + std::to_string(key);
  if (healed) options.expires_after = options.per_peer = Duration::max();
  if (!options_.apart && random.chance(0.2)) options.limit = 1 + random.below(3);
  const bool wanted = random.chance(0.8) || healed;
  options.on_outcome = [this, number](const DeliveryProgress& progress) {
    Published::At& at = published[number].at[progress.index];
    at.outcomes.push_back(progress.outcome);
    at.told = loop_.now();
    const auto& accepted = peers[progress.index]->accepted;
    at.accepted_when_told = number < accepted.size() && accepted[number];
  };
  published.push_back({.stream = stream * 3 + key,
                       .stream_class = *options.stream_class,
                       .large = tokens.size() > 30'000,
                       .healed = healed,
                       .finished = finished,
                       .at_time = loop_.now(),
                       .latest = loop_.now() + timeout});
  published.back().at.resize(peers.size());
  auto ticket = broadcaster_->publish(*Message::token_result("s" + std::to_string(stream), tokens, finished), options);
  if (!ticket) {
    ++refused;
    published.pop_back();
    return false;
  }
  if (wanted) waits_.spawn(wait(*std::move(ticket), number));
  return true;
}

task<void> LaneHistory::wait(Ticket ticket, std::size_t number) { published[number].report = co_await ticket.report(); }

}  // namespace exocast
