// SPDX-License-Identifier: Apache-2.0
#include "testing/broadcast/history.h"

#include <utility>

namespace exocast {

using namespace std::chrono_literals;

History::History(std::uint64_t seed, const HistoryOptions& options)
    : apart_(options.apart), loop_(seed), random_(loop_.random("history")), network_(loop_) {
  draw_peers();
  if (!apart_)
    limits = {.active = 1 + random_.below(12), .parked = random_.below(7), .per_target = 1 + random_.below(4)};
  std::vector<Stream> streams(1 + random_.below(apart_ ? 6 : 3));
  for (Stream& stream : streams) stream = draw_stream();
  if (options.last_peer) network_.add(*options.last_peer);
  broadcaster_ =
      std::make_unique<Broadcaster>(loop_, network_.roster(), BroadcasterOptions{.limits = limits, .seed = seed});

  Scope scope(loop_);
  for (std::size_t stream = 0; stream < streams.size(); ++stream) scope.spawn(live(stream, std::move(streams[stream])));
  while (loop_.turn()) {  // until nothing is in flight
  }
  live_after_drain = scope.live();
  metrics_at_the_end = broadcaster_->metrics();
}

void History::draw_peers() {
  const std::size_t healthy = random_.below(6);
  const std::size_t faulty = random_.below(7);
  const auto plan = [&](SimOdds odds) {
    odds.step = apart_ ? 1ns : 1ms;
    return sim_drawn(loop_.random("link " + std::to_string(network_.size())), odds);
  };
  for (std::size_t i = 0; i < healthy; ++i) network_.add(plan({.there_max = 4ms, .back_max = 4ms}));
  for (std::size_t i = 0; i < faulty; ++i) {
    const SimOdds odds = draw_odds();
    const std::uint64_t kind = random_.below(12);
    if (kind == 0) {
      network_.add_unlinked("no route");
    } else {
      network_.add(plan(odds), {.message_bytes_max = kind == 1 ? 3U : 1000U, .connect = 1ms * random_.below(20)});
    }
  }
}

SimOdds History::draw_odds() {
  SimOdds odds{.there_max = 10ms, .back_max = 10ms, .deaf_max = 200ms, .second_answer_max = 20ms};
  double* const faults[] = {&odds.refused, &odds.dropped, &odds.unanswered, &odds.breaks};
  *faults[random_.below(4)] = 0.1 * static_cast<double>(random_.below(11));  // one kind of fault, 0 to 100 %
  odds.deaf = random_.chance(0.3) ? 0.5 : 0;
  odds.second_answer = random_.chance(0.3) ? 0.5 : 0;
  if (random_.chance(0.2)) odds.there_max = 80ms;  // often late
  return odds;
}

History::Stream History::draw_stream() {
  Stream stream(apart_ ? 1 : 1 + random_.below(3));
  for (Planned& planned : stream) {
    planned.before = apart_ ? random_.between(0ms, 30ms) : Duration(0ms);
    planned.options = draw_options();
    planned.stop_after = 1ms * random_.below(40);
    if (!apart_ && random_.chance(0.1)) planned.options.stop = &stops_.emplace_back();
  }
  return stream;
}

BroadcastOptions History::draw_options() {
  BroadcastOptions options{.timeout = 1ms * (1 + random_.below(60))};
  if (apart_) return options;  // and no policy, which would depend on other peers
  options.limit = 1 + random_.below(12);
  switch (random_.below(4)) {
    case 1:
      options.policy = DeliveryPolicy::fail_fast();
      break;
    case 2:
      options.policy = DeliveryPolicy::quorum(1 + random_.below(6));
      break;
    default:
      break;
  }
  if (random_.chance(0.25)) options.tolerated = random_.below(3);
  if (random_.chance(0.5)) options.per_peer = 1ms * (1 + random_.below(30));
  return options;
}

task<void> History::stop_later(StopSource& stop, Duration after) {
  co_await sleep_for(after);
  stop.request();
}

/// One stream: it awaits each broadcast before the next.
task<void> History::live(std::size_t stream, Stream planned) {
  Scope stoppers(loop_);
  for (const Planned& next : planned) {
    if (next.before > 0ms) co_await sleep_for(next.before);
    if (next.options.stop != nullptr) stoppers.spawn(stop_later(*next.options.stop, next.stop_after));
    BroadcastRecord told{.name = std::to_string(stream) + "." + std::to_string(&next - planned.data()),
                         .stream = stream,
                         .options = next.options,
                         .begun = loop_.now(),
                         .progress = std::vector<std::vector<PeerOutcome>>(network_.size()),
                         .accepted_when_told = std::vector<std::size_t>(network_.size())};
    BroadcastOptions options = next.options;
    options.on_outcome = [&](const DeliveryProgress& progress) {
      told.progress[progress.index].push_back(progress.outcome);
      told.accepted_when_told[progress.index] = network_[progress.index].times_accepted(told.name);
    };
    told.report = co_await broadcaster_->broadcast(message_named(told.name), std::move(options));
    told.ended = loop_.now();
    broadcasts.push_back(std::move(told));
  }
}

}  // namespace exocast
