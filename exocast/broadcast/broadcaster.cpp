// SPDX-License-Identifier: Apache-2.0
#include "exocast/broadcast/broadcaster.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "exocast/broadcast/broadcast.h"

namespace exocast {
namespace {

using detail::Broadcast;
using detail::BroadcasterState;

/// Counts a broadcast as under way.
class UnderWay {
 public:
  explicit UnderWay(BroadcasterState& state) noexcept : state_(state) {
    ++state_.begun_total;
    state_.under_way_peak = std::max(state_.under_way_peak, ++state_.under_way);
  }
  UnderWay(const UnderWay&) = delete;
  UnderWay& operator=(const UnderWay&) = delete;
  ~UnderWay() { --state_.under_way; }

 private:
  BroadcasterState& state_;
};

/// The gather, quorum or join that `broadcast` asks for. Its callables own the broadcast: they live as long as the last
/// delivery.
task<Gathered<Unit, DeliveryError>> send_to_all(const std::shared_ptr<Broadcast>& broadcast) {
  const Policy& policy = broadcast->policy().policy();
  const GatherOptions options = broadcast->gather_options();
  const auto receivers = std::views::iota(std::size_t{0}, broadcast->receivers());
  const auto settled = [broadcast](std::size_t index, const DeliveryEnd& end) { broadcast->settled(index, end); };
  const auto deliver = [broadcast](std::size_t index) { return broadcast->deliver_to(index); };
  if (policy.enough != all_items) return quorum(policy.enough, receivers, deliver, options, settled);
  if (policy.fail_fast) return join(receivers, deliver, options, settled);
  return gather(receivers, deliver, options, settled);
}

Report refuse(BroadcasterState& state, const Broadcast& broadcast) {
  ++state.refused_total;
  return broadcast.refused(
      {"RESOURCE_EXHAUSTED", fmt::format("not sent: {} broadcasts are under way, the most at once", state.under_way)});
}

task<Report> run(std::shared_ptr<BroadcasterState> state, Message message, BroadcastOptions options) {
  const auto broadcast = std::make_shared<Broadcast>(state, std::move(message), std::move(options));
  if (state->under_way >= state->broadcasts_max) co_return refuse(*state, *broadcast);
  const UnderWay under_way(*state);
  const auto gathered = co_await send_to_all(broadcast);
  co_return broadcast->report(gathered);
}

}  // namespace

Broadcaster::Broadcaster(Scheduler& scheduler, Roster roster, const BroadcasterOptions& options)
    : state_(std::make_shared<BroadcasterState>(scheduler, std::move(roster), options)) {}

task<Report> Broadcaster::broadcast(Message message, BroadcastOptions options) {
  return run(state_, std::move(message), std::move(options));
}

const Roster& Broadcaster::roster() const noexcept { return state_->roster; }

BroadcasterMetrics Broadcaster::metrics() const noexcept {
  return {.broadcasts = state_->under_way,
          .broadcasts_peak = state_->under_way_peak,
          .broadcasts_total = state_->begun_total,
          .refused_total = state_->refused_total,
          .sends = state_->limiter.metrics()};
}

}  // namespace exocast
