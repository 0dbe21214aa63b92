// SPDX-License-Identifier: Apache-2.0
#pragma once
// gather_by: the gather, join or quorum that a DeliveryPolicy asks for. A pure function; threading and lifetime of the
// task are those of a gather.

#include <cstddef>
#include <ranges>
#include <utility>

#include "exocast/gather/gather.h"
#include "exocast/options.h"

namespace exocast::detail {

/// Calls `each` and `settled` with 0 to `count` - 1, as gather() does.
template <class Each, class Settled>
auto gather_by(const DeliveryPolicy& by, std::size_t count, Each each, const GatherOptions& options, Settled settled) {
  const Policy& policy = by.policy();
  const auto places = std::views::iota(std::size_t{0}, count);
  if (policy.enough != all_items) {
    return quorum(policy.enough, places, std::move(each), options, std::move(settled));
  }
  if (policy.fail_fast) return join(places, std::move(each), options, std::move(settled));
  return gather(places, std::move(each), options, std::move(settled));
}

}  // namespace exocast::detail
