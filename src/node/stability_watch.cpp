// SPDX-License-Identifier: Apache-2.0
#include "node/stability_watch.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace exocast {

std::vector<nlohmann::ordered_json> StabilityWatch::take_events() {
  std::vector<nlohmann::ordered_json> events;
  std::size_t too_many = waiting_.size() - std::min(waiting_.size(), messages_max);
  std::erase_if(waiting_, [&](const Waiting& one) {
    const Stability stability = logs_.stability(one.origin);
    const bool oldest = too_many > 0;
    if (oldest) --too_many;
    if (stability == Stability::not_yet && !oldest) return false;
    events.push_back({{"event", "stable"},
                      {"message", one.number},
                      {"sender", logs_.sender(one.origin)},
                      {"stable", to_string(stability)}});
    return true;
  });
  return events;
}

}  // namespace exocast
