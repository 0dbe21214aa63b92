// SPDX-License-Identifier: Apache-2.0
#include "exocast/broadcast/lane_history_test_support.h"

#include <utility>

#include <gtest/gtest.h>

namespace exocast {

using namespace std::chrono_literals;

namespace {
constexpr Duration faults_last = 3s;
constexpr std::size_t peer_count = 3;
int number_of(const Message& message) { return message.tokens().empty() ? -1 : message.tokens().front(); }
/// A simulated link on which a batch travels as one message, as on exo's.
class MergingLink final : public Link {
 public:
  MergingLink(Scheduler& scheduler, SimPeer& peer, SimPlan plan) : link_(scheduler, peer, std::move(plan)) {}
  std::string_view kind() const noexcept override { return "sim"; }
  std::size_t message_bytes_max() const noexcept override { return link_.message_bytes_max(); }
  LinkTraits traits() const noexcept override {
    return {.merges = true, .batch_messages_max = 16, .batch_bytes_max = 4096};
  }
  task<std::expected<void, LinkError>> deliver(Message message, Deadline deadline) override {
    return link_.deliver(std::move(message), deadline);
  }
  task<BatchEnd> deliver_all(std::vector<Message> batch, Deadline deadline) override {
    const std::size_t count = batch.size();
    auto answer = co_await link_.deliver(Message::merge(batch), deadline);
    if (answer) co_return BatchEnd{.answered = count};
    const bool nowhere = answer.error().text == "refused by plan";
    co_return BatchEnd{.broken = std::move(answer.error()), .resendable = nowhere};
  }

 private:
  SimLink link_;
};

}  // namespace

/// Counts the batches under way.
class LanePeer::Counted final : public Link {
 public:
  Counted(std::unique_ptr<Link> link, Load& own, Load& all) : link_(std::move(link)), own_(own), all_(all) {}
  std::string_view kind() const noexcept override { return link_->kind(); }
  std::size_t message_bytes_max() const noexcept override { return link_->message_bytes_max(); }
  LinkTraits traits() const noexcept override { return link_->traits(); }
  task<Answer> deliver(Message message, Deadline deadline) override {
    return link_->deliver(std::move(message), deadline);
  }
  task<BatchEnd> deliver_all(std::vector<Message> batch, Deadline deadline) override {
    const Load::Hold in_all(all_);
    const Load::Hold in_own(own_);
    co_return co_await link_->deliver_all(std::move(batch), deadline);
  }

 private:
  std::unique_ptr<Link> link_;
  Load& own_;
  Load& all_;
};

LanePeer::LanePeer(SimLoop& loop, std::size_t index, const LaneHistoryOptions& options, Random random, Gauges& gauges)
    : loop_(loop),
      name_("p" + std::to_string(index)),
      random_(random),
      treatments_(Random(random_())),
      takes_(random_.chance(0.5) ? random_.between(0ms, 4ms) : 0ms),
      refuses_(random_.chance(0.3) ? 3 + random_.below(5) : 0) {
  wire_options_ = {.delay_min = 1us, .delay_max = random_.between(1us, 20ms)};
  if (random_.chance(0.3)) wire_options_.piece_bytes_max = 1 + random_.below(100);
  odds_ = {.refused = 0.2 * static_cast<double>(random_.below(4)),
           .dropped = 0.1,
           .unanswered = 0.1,
           .breaks = 0.1,
           .there_max = 20ms,
           .back_max = 20ms};
  drawn_ = sim_drawn(Random(random_()), odds_);
  std::unique_ptr<Link> link;
  restart();
  if (options.merging) {
    sim_peer_ = std::make_unique<SimPeer>([this](const Message& message) { return hear(message); });
    link = std::make_unique<MergingLink>(loop_, *sim_peer_, [this] { return treat(); });
  } else {
    NativeLinkOptions native;
    native.window_messages = 256;
    native.seed = random_() | 1U;
    link = std::make_unique<NativeLink>(
        loop_, std::make_unique<SimDialer>([this] { return dial(); }, random_.between(0ms, 20ms)), native);
  }
  link_ = std::make_shared<Counted>(std::move(link), gauge_, gauges.all);
}

SimTreatment LanePeer::treat() {
  SimTreatment drawn = drawn_();
  if (healthy_) drawn.fate = SimFate::arrives;
  return drawn;
}

void LanePeer::restart() {
  receiver_.reset();
  under_way = 0;
  heard.emplace_back();
  receiver_ = std::make_unique<NativeReceiver>(
      loop_, *this, NativeReceiverOptions{.node_id = name_, .seed = ++incarnations_ * 8 + 1});
}

std::expected<std::unique_ptr<ByteStream>, LinkError> LanePeer::dial() {
  if (refuses_dials_) return std::unexpected(LinkError{.code = "UNAVAILABLE", .text = "refused"});
  auto wire = SimWire::make(loop_, Random(random_()), wire_options_);
  wires_.push_back(wire);
  receiver_->serve(wire->end(SimWire::second));
  return wire->end(SimWire::first);
}

LanePeer::Answer LanePeer::hear(const Message& message) {
  const std::size_t refuses = healthy_ ? 0 : refuses_;
  if (refuses > 0 && static_cast<std::size_t>(number_of(message)) % refuses == 0) {
    return std::unexpected(LinkError{.code = "RESOURCE_EXHAUSTED", .text = "no"});
  }
  int last = -1;
  for (const int number : message.tokens()) {
    if (number == std::exchange(last, number)) continue;  // padding
    heard.back().push_back(number);
    ++times[number];
    if (accepted.size() <= static_cast<std::size_t>(number)) accepted.resize(static_cast<std::size_t>(number) + 1);
    accepted[static_cast<std::size_t>(number)] = true;
  }
  return {};
}

task<LanePeer::Answer> LanePeer::accept(Message message) {
  ++under_way;
  EXPECT_LE(under_way, 2U) << "one for each session of a link";
  if (takes_ > 0ms) co_await sleep_for(takes_);
  --under_way;
  co_return hear(message);
}

task<void> LanePeer::do_harm(Random random, TimePoint until) {
  healthy_ = false;
  while (loop_.now() < until) {
    co_await sleep_for(random.between(1ms, 400ms));
    const auto learns = [&] { return random.chance(0.2) ? random.between(0ms, 2s) : random.between(0ms, 20ms); };
    const std::shared_ptr<SimWire> wire =
        wires_.empty() ? nullptr : wires_[wires_.size() - 1 - random.below(std::min<std::size_t>(2, wires_.size()))];
    const std::uint64_t harm = random.below(6);
    if (harm < 2 && wire) wire->cut(learns(), learns());
    if (harm == 2 && wire) wire->cut(random.chance(0.5) ? 10s : 1ms, random.chance(0.5) ? 1ms : 10s);  // half-open
    if (harm == 3 && random.chance(0.5)) restart();
    if (harm == 4 && wire) {
      const auto side = random.chance(0.5) ? SimWire::first : SimWire::second;
      wire->stall(side);
      co_await sleep_for(random.between(1ms, 900ms));
      wire->resume(side);
    }
    if (harm == 5) {
      refuses_dials_ = true;
      co_await sleep_for(random.between(1ms, 1500ms));
      refuses_dials_ = false;
    }
  }
  heal();
}

/// Half-open wires end now.
void LanePeer::heal() {
  healthy_ = true;
  refuses_dials_ = false;
  for (const auto& wire : wires_) {
    wire->resume(SimWire::first);
    wire->resume(SimWire::second);
  }
}

void LanePeer::close() {
  link_.reset();
  receiver_.reset();
  for (const auto& wire : wires_) EXPECT_TRUE(wire->closed(SimWire::first) && wire->closed(SimWire::second));
}

LaneHistory::LaneHistory(std::uint64_t seed, const LaneHistoryOptions& options)
    : options_(options), loop_(seed), heals_at_(loop_.now() + faults_last), over_since_(peer_count, TimePoint::max()) {
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
    const Overflow overflow = random.chance(0.5) ? Overflow::drop_oldest : Overflow::wait;
    lanes.overflow = {overflow, overflow, overflow};
    lanes.limits = {.messages = 5 + random.below(15), .patience = random.between(0ms, 50ms)};
    broadcasts_max = 5 + random.below(60);
    bytes_max = 500 + random.below(200'000);
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

/// At every step.
void LaneHistory::look() {
  for (std::size_t peer = 0; peer < peers.size(); ++peer) {
    const bool over = broadcaster_->lane_metrics(peer).queued_messages > lanes.limits.messages;
    TimePoint& since = over_since_[peer];
    if (!over) since = TimePoint::max();
    if (over && since == TimePoint::max()) since = loop_.now();
    if (over) over_longest = std::max(over_longest, loop_.now() - since);
  }
  const BroadcasterMetrics metrics = broadcaster_->metrics();
  EXPECT_LE(metrics.broadcasts, broadcasts_max);
  EXPECT_LE(metrics.sends.active, limits.active.count());
}

/// One stream: some messages while there are faults, one that finds out that they are over, and some after that.
task<void> LaneHistory::live(std::size_t stream) {
  ++living_;
  Random random = loop_.random("stream " + std::to_string(stream));
  while (loop_.now() < heals_at_) {
    const std::size_t burst = random.chance(0.1) ? 1 + random.below(25) : 1;
    for (std::size_t i = 0; i < burst; ++i) publish(stream, false, random);
    co_await sleep_for(random.between(1us, 300ms));
  }
  co_await sleep_until(Deadline::at(heals_at_ + 12s + 1ms * stream));  // the last half-open wire has ended by then
  for (int again = 0; again < 3; ++again) {
    publish(stream, false, random);
    co_await sleep_for(1s);
  }
  for (int last = 0; last < 3; ++last) {
    while (!publish(stream, true, random)) co_await broadcaster_->room(100'000);
    co_await sleep_for(1s);
  }
  co_await sleep_for(7s);
  --living_;
}

bool LaneHistory::publish(std::size_t stream, bool healed, Random& random) {
  const std::size_t number = published.size();
  const bool large = random.chance(0.05);
  const Duration timeout = healed ? 5s : random.between(10ms, 4s);
  const std::vector<std::int32_t> tokens(large ? 1000 + random.below(40'000) : 1 + random.below(5),
                                         static_cast<std::int32_t>(number));
  BroadcastOptions options{.timeout = timeout, .stream_class = all_stream_classes[stream % 3]};
  if (random.chance(0.1)) options.expires_after = random.between(1ms, 1s);
  if (random.chance(0.1)) options.per_peer = random.between(1ms, 1s);
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
  published.push_back({.stream = stream, .healed = healed, .latest = loop_.now() + timeout});
  published.back().at.resize(peers.size());
  auto ticket = broadcaster_->publish(*Message::token_result("s" + std::to_string(stream), tokens, false), options);
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
