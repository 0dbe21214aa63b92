// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/probes.h"

#include <algorithm>
#include <utility>

namespace exocast::swim {

Probe& Probes::put(std::uint64_t number, Probe probe) {
  ++counts_[static_cast<std::size_t>(probe.purpose)];
  return asked_.emplace(number, std::move(probe)).first->second;
}

Probe* Probes::find(std::uint64_t number) noexcept {
  const auto found = asked_.find(number);
  return found == asked_.end() ? nullptr : &found->second;
}

std::optional<Probe> Probes::take(std::uint64_t number) {
  const auto found = asked_.find(number);
  if (found == asked_.end()) return std::nullopt;
  Probe probe = std::move(found->second);
  asked_.erase(found);
  --counts_[static_cast<std::size_t>(probe.purpose)];
  if (probe.purpose == Probe::Purpose::identify) addresses_.erase(probe.to);
  return probe;
}

std::uint64_t Probes::due(TimePoint now) const noexcept {
  const auto found = std::ranges::find_if(asked_, [&](const auto& entry) { return entry.second.next <= now; });
  return found == asked_.end() ? 0 : found->first;
}

TimePoint Probes::next() const noexcept {
  TimePoint next = TimePoint::max();
  for (const auto& [number, probe] : asked_) next = std::min(next, probe.next);
  return next;
}

bool Probes::is_under_way(const std::string& id, Probe::Purpose purpose) const noexcept {
  return std::ranges::any_of(
      asked_, [&](const auto& entry) { return entry.second.purpose == purpose && entry.second.id == id; });
}

bool Probes::is_probed(const std::string& id) const noexcept { return is_under_way(id, Probe::Purpose::detect); }
bool Probes::is_challenged(const std::string& id) const noexcept { return is_under_way(id, Probe::Purpose::challenge); }

std::size_t Probes::count(Probe::Purpose purpose) const noexcept { return counts_[static_cast<std::size_t>(purpose)]; }

bool Probes::wait(Waiting waiting, std::size_t most) {
  if (addresses_.contains(waiting.address)) return true;
  if (line_.size() >= most) return false;
  addresses_.insert(waiting.address);
  line_.push_back(std::move(waiting));
  return true;
}

std::optional<Probes::Waiting> Probes::admit() {
  if (line_.empty() || count(Probe::Purpose::identify) >= identify_max) return std::nullopt;
  Waiting waiting = std::move(line_.front());
  line_.pop_front();
  return waiting;
}

}  // namespace exocast::swim
