// SPDX-License-Identifier: Apache-2.0
#include "broadcast/active_roster.h"

#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

namespace exocast::detail {
namespace {

/// Whether the lane to `before` can be kept for `now`.
bool stays(const Destination& before, const Destination& now) {
  return before.link == now.link && before.no_link_reason == now.no_link_reason;
}

}  // namespace

RosterLanes::RosterLanes(Scheduler& scheduler, FairLimiter& limiter, const LaneOptions& options, Random random)
    : scheduler_(scheduler), limiter_(limiter), options_(options), random_(random), scope_(scheduler) {}

void RosterLanes::set(Roster roster) {
  const std::shared_ptr<const ActiveRoster> before = receivers_;
  std::unordered_map<std::string_view, std::shared_ptr<Lane>> leaving;
  for (const auto& lane : before->lanes) leaving.emplace(lane->destination().id, lane);

  auto next = std::make_shared<ActiveRoster>();
  next->roster = std::move(roster);
  std::vector<std::shared_ptr<Lane>> replaced;
  for (const Destination& to : next->roster) {
    const auto known = leaving.extract(to.id);
    const bool keeps = !known.empty() && stays(known.mapped()->destination(), to);
    if (!known.empty() && !keeps) replaced.push_back(known.mapped());
    next->lanes.push_back(keeps ? known.mapped() : make_lane(to));
  }
  receivers_ = next;

  for (const auto& lane : replaced) retire(lane, false, next->roster.epoch());
  for (const auto& lane : before->lanes) {
    if (leaving.contains(lane->destination().id)) retire(lane, true, next->roster.epoch());
  }
}

std::shared_ptr<Lane> RosterLanes::make_lane(const Destination& to) {
  auto lane = std::make_shared<Lane>(scheduler_, limiter_, to, options_, Random(random_()));
  if (closed_) lane->close(*closed_);
  return lane;
}

void RosterLanes::retire(const std::shared_ptr<Lane>& lane, bool has_left, std::uint64_t epoch) {
  const std::string_view how = has_left ? "left the roster" : "was given another link";
  lane->retire(epoch == 0 ? std::string(how) : fmt::format("{} at epoch {}", how, epoch), has_left);
  retired_.push_back(lane);
  scope_.spawn(keep_until_idle(lane));
}

task<void> RosterLanes::keep_until_idle(std::shared_ptr<Lane> lane) {
  co_await lane->idle(Deadline::never());
  std::erase(retired_, lane);
}

void RosterLanes::close(const DeliveryError& why) {
  closed_ = why;
  for (const auto& lane : receivers_->lanes) lane->close(why);
}

task<std::size_t> RosterLanes::idle(Deadline deadline) {
  std::vector<std::shared_ptr<Lane>> lanes = receivers_->lanes;
  lanes.insert(lanes.end(), retired_.begin(), retired_.end());
  std::size_t left = 0;
  for (const auto& lane : lanes) {
    const std::size_t batches = co_await lane->idle(deadline);
    if (batches == 0) std::erase(retired_, lane);
    left += batches;
  }
  co_return left;
}

}  // namespace exocast::detail
