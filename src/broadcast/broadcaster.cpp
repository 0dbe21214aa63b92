// SPDX-License-Identifier: Apache-2.0
#include "exocast/broadcaster.h"

#include <cassert>
#include <utility>

#include "base/random.h"
#include "broadcast/broadcast.h"
#include "broadcast/broadcaster_metrics.h"
#include "broadcast/by_policy.h"
#include "broadcast/fan_out.h"

namespace exocast {
namespace {

using detail::AwaitedFanOut;
using detail::Broadcast;
using detail::BroadcasterSeries;
using detail::BroadcasterState;
using detail::closing;
using detail::gather_by;
using detail::stream_class_of;

/// The gather, quorum or join of `broadcast`. Its callables own the broadcast.
task<Gathered<Unit, Broadcast::Undelivered>> send_to_all(const std::shared_ptr<Broadcast>& broadcast) {
  const auto settled = [broadcast](std::size_t turn, const auto& outcome) {
    broadcast->settled(turn, outcome.reason());
  };
  return gather_by(
      broadcast->policy(), broadcast->receivers(), [broadcast](std::size_t turn) { return broadcast->deliver(turn); },
      broadcast->gather_options(), settled);
}

Report refuse(const std::shared_ptr<BroadcasterState>& state, Message message, BroadcastOptions options,
              const Status& why) {
  ++state->refused_total;
  return Broadcast(state, std::move(message), std::move(options)).refused(why);
}

task<Report> run(std::shared_ptr<BroadcasterState> state, Message message, BroadcastOptions options) {
  if (const auto why = state->no_room(stream_class_of(message, options), message.bytes())) {
    co_return refuse(state, std::move(message), std::move(options), *why);
  }
  const auto broadcast = Broadcast::make(state, std::move(message), std::move(options));
  if (broadcast->is_plain()) {
    const bool satisfied = co_await AwaitedFanOut(broadcast->scheduler(), *broadcast);
    co_return broadcast->report(satisfied);
  }
  broadcast->begin();
  const auto gathered = co_await send_to_all(broadcast);
  co_return broadcast->report(gathered.satisfied);
}

/// Random, and not 0.
std::uint64_t log_id(const BroadcasterOptions& options) {
  return Random(options.seed ? *options.seed : random_seed())() | 1U;
}

task<bool> wait_for_room(std::shared_ptr<BroadcasterState> state, StreamClass of, std::size_t bytes,
                         Deadline deadline) {
  while (state->no_room(of, bytes)) {
    if (deadline.passed(state->scheduler.now())) co_return false;
    co_await state->room_may_come(deadline);
  }
  co_return true;
}

}  // namespace

Broadcaster::Broadcaster(Scheduler& scheduler, Roster roster, const BroadcasterOptions& options)
    : state_(std::make_shared<BroadcasterState>(scheduler, options, log_id(options))),
      published_(std::make_unique<Scope>(scheduler)) {
  if (options.metrics != nullptr) series_ = std::make_unique<BroadcasterSeries>(*options.metrics, *this);
  set_roster(std::move(roster));
}

Broadcaster::~Broadcaster() {
  state_->feed();
  state_->tell_logs();
  state_->lanes.close(closing());
}

void Broadcaster::set_roster(Roster roster) {
  state_->feed();  // what was published before is for the receivers of before
  state_->lanes.set(std::move(roster));
  state_->settled();  // there may be room for those who have come
  if (series_ != nullptr) series_->follow(*state_->lanes.receivers());
}

task<Report> Broadcaster::broadcast(Message message, BroadcastOptions options) {
  return run(state_, std::move(message), std::move(options));
}

std::expected<Ticket, Status> Broadcaster::publish(Message message, BroadcastOptions options) {
  if (auto why = state_->no_room(stream_class_of(message, options), message.bytes())) {
    ++state_->refused_total;
    return std::unexpected(*std::move(why));
  }
  auto publication = std::allocate_shared<detail::Publication>(FrameAllocator<detail::Publication>());
  auto broadcast = Broadcast::make(state_, std::move(message), std::move(options));
  detail::Promise promise(publication, broadcast);
  if (broadcast->is_plain()) {
    detail::PublishedFanOut::start(*published_, std::move(promise));
  } else {
    broadcast->begin();
    published_->spawn(send_to_all(broadcast), [promise = std::move(promise)](const auto& gathered) mutable noexcept {
      if (gathered.ok()) promise.keep(gathered->satisfied);
    });
  }
  return Ticket(std::move(publication));
}

task<bool> Broadcaster::room(const Message& message, const BroadcastOptions& options, Deadline deadline) {
  return wait_for_room(state_, stream_class_of(message, options), message.bytes(), deadline);
}

task<std::size_t> Broadcaster::drain(Deadline deadline) {
  const auto state = state_;
  state->feed();
  state->lanes.close(closing());
  co_return co_await state->lanes.idle(deadline);
}

Roster Broadcaster::roster() const { return state_->lanes.receivers()->roster; }

std::vector<Replayed> Broadcaster::replay(StreamClass of, std::uint64_t after) const {
  return state_->replay(of).after(after, {.log = log(), .stream_class = of});
}

std::uint64_t Broadcaster::log() const noexcept { return state_->progress(StreamClass::control).log(); }

BroadcasterMetrics Broadcaster::metrics() const noexcept {
  std::size_t replay_messages = 0;
  std::size_t replay_bytes = 0;
  for (const StreamClass of : all_stream_classes) {
    replay_messages += state_->replay(of).messages();
    replay_bytes += state_->replay(of).bytes();
  }
  return {.broadcasts = state_->under_way(),
          .broadcasts_peak = state_->under_way_peak(),
          .broadcasts_total = state_->begun_total(),
          .refused_total = state_->refused_total,
          .bytes = state_->bytes_under_way(),
          .bytes_peak = state_->bytes_peak(),
          .sends = state_->limiter.metrics(),
          .retired_lanes = state_->lanes.retired(),
          .replay_messages = replay_messages,
          .replay_bytes = replay_bytes};
}

LaneMetrics Broadcaster::lane_metrics(std::size_t index) const {
  assert(index < state_->lanes.receivers()->lanes.size());
  state_->feed();
  return state_->lanes.receivers()->lanes[index]->metrics();
}

const LatencyHistogram& Broadcaster::lane_latency(std::size_t index) const noexcept {
  assert(index < state_->lanes.receivers()->lanes.size());
  return state_->lanes.receivers()->lanes[index]->latency();
}

}  // namespace exocast
