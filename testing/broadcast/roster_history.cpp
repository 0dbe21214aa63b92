// SPDX-License-Identifier: Apache-2.0
#include "testing/broadcast/roster_history.h"

#include <utility>

#include "testing/lane/merging_link.h"

namespace exocast {

using namespace std::chrono_literals;

namespace {
constexpr Duration lasts = 200ms;
}  // namespace

RosterHistory::RosterHistory(std::uint64_t seed, const RosterHistoryOptions& options)
    : options_(options), loop_(seed), random_(loop_.random("history")) {
  limits = {.active = 1000};
  if (!options.apart) {
    limits = {.active = 1 + random_.below(12), .parked = random_.below(7), .per_target = 1 + random_.below(4)};
  }
  const std::size_t count = 1 + random_.below(6);
  for (std::size_t peer = 0; peer < count; ++peer) make_peer();
  if (options.apart) roster_ = {0};
  broadcaster_ = std::make_unique<Broadcaster>(loop_, Roster(), BroadcasterOptions{.limits = limits, .seed = seed});
  change_roster();

  Scope scope(loop_);
  const TimePoint end = loop_.now() + lasts;
  const std::size_t streams = 1 + random_.below(3);
  if (options.changes) scope.spawn(keep_changing(end));
  for (std::size_t stream = 0; stream < streams; ++stream) scope.spawn(live(stream, end));
  drained = options.apart || random_.chance(0.7);
  const TimePoint until = drained ? end : end - random_.between(0ms, lasts);
  scope.spawn([](TimePoint until) -> task<void> { co_await sleep_until(Deadline::at(until)); }(until));  // no overshoot
  while (loop_.now() < until && loop_.turn()) {
    retired_peak = std::max(retired_peak, broadcaster_->metrics().retired_lanes);
  }
  scope.request_stop();
  heard_by_first = peers[0].heard;
  if (drained) {
    left = loop_.run(broadcaster_->drain(Deadline::after(loop_.now(), 10s)), 1h).value();
    while (broadcaster_->metrics().broadcasts > 0 && loop_.turn()) {  // all outcomes are known; report them
    }
    at_the_end = broadcaster_->metrics();
  }
  links_.clear();
  broadcaster_.reset();
  while (loop_.turn()) {  // until nothing is in flight
  }
}

void RosterHistory::make_peer() {
  const std::size_t index = peers.size();
  peers.emplace_back();
  sim_peers_.emplace_back([this, index](const Message& message) { return hear(index, message); });
  links_.push_back(make_link(index));
}

std::shared_ptr<Link> RosterHistory::make_link(std::size_t peer) {
  const std::string name = "link " + std::to_string(peer) + "." + std::to_string(peers[peer].links.size());
  SimOdds odds{.there_max = 10ms, .back_max = 10ms, .deaf_max = 50ms, .step = options_.apart ? 1ns : 1ms};
  const bool faulty = peer > 0 || !options_.apart;
  if (faulty) {
    double* const faults[] = {&odds.refused, &odds.dropped, &odds.unanswered, &odds.breaks};
    *faults[random_.below(4)] = 0.1 * static_cast<double>(random_.below(8));
    odds.deaf = random_.chance(0.5) ? 0.5 : 0;
    if (random_.chance(0.3)) odds.there_max = 60ms;
  }
  auto link = std::make_shared<MergingLink>(loop_, sim_peers_[peer], sim_drawn(loop_.random(name), odds), 4);
  peers[peer].links.push_back(link);
  return link;
}

std::expected<void, Status> RosterHistory::hear(std::size_t peer, const Message& message) {
  for (const int number : message.tokens()) peers[peer].heard.push_back(number);
  return {};
}

/// Some peers leave, some join, some restart, some do both, in any order.
void RosterHistory::change_roster() {
  std::vector<std::size_t> next = options_.apart ? std::vector<std::size_t>{0} : std::vector<std::size_t>();
  for (std::size_t peer = next.size(); peer < peers.size(); ++peer) {
    const bool was_in = contains(roster_, peer);
    const bool restarts = random_.chance(0.15);
    if (restarts) links_[peer] = make_link(peer);
    if (random_.chance(0.75)) next.push_back(peer);
    const bool is_in = contains(next, peer);
    if (was_in && (restarts || !is_in)) peers[peer].left.push_back(loop_.now());
  }
  for (std::size_t place = next.size(); place > 1; --place) std::swap(next[place - 1], next[random_.below(place)]);
  roster_ = next;
  std::vector<Destination> destinations;
  for (const std::size_t peer : next) destinations.push_back({"p" + std::to_string(peer), "", links_[peer], ""});
  broadcaster_->set_roster(*Roster::make(std::move(destinations), ++epoch_));
}

task<void> RosterHistory::keep_changing(TimePoint until) {
  while (loop_.now() < until) {
    co_await sleep_for(random_.between(0ms, 40ms));
    change_roster();
  }
}

task<void> RosterHistory::live(std::size_t stream, TimePoint until) {
  Random random = loop_.random("stream " + std::to_string(stream));
  while (loop_.now() < until) {
    publish(stream, random);
    co_await sleep_for(random.between(0ms, 20ms));
  }
}

void RosterHistory::publish(std::size_t stream, Random& random) {
  const std::size_t number = published.size();
  BroadcastOptions options{.timeout = random.between(1ms, 80ms)};
  if (!options_.apart && random.chance(0.3)) options.limit = 1 + random.below(3);
  options.on_outcome = [this, number](const DeliveryProgress& progress) {
    At& at = published[number].at[progress.index];
    at.outcomes.push_back(progress.outcome);
    at.told = loop_.now();
    at.accepted_when_told = peers[published[number].receivers[progress.index]].accepted(number);
  };
  const TimePoint now = loop_.now();
  published.push_back({.stream = stream,
                       .begun = now,
                       .latest = now + options.timeout,
                       .limited = options.limit.count() < roster_.size(),
                       .epoch = epoch_,
                       .receivers = roster_});
  published.back().at.resize(roster_.size());
  const std::vector<std::int32_t> tokens{static_cast<std::int32_t>(number)};
  auto ticket = broadcaster_->publish(*Message::token_result("s" + std::to_string(stream), tokens, false), options);
  waits_.spawn(wait(*std::move(ticket), number));
}

task<void> RosterHistory::wait(Ticket ticket, std::size_t number) {
  published[number].report = co_await ticket.report();
}

}  // namespace exocast
