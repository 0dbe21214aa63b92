// SPDX-License-Identifier: Apache-2.0
#pragma once
// gather_by: the gather, join or quorum of a DeliveryPolicy, over the places of the receivers in a roster.
// A pure function; threading and lifetime of the task are those of a gather.

#include <cstddef>
#include <ranges>
#include <utility>

#include "exocast/gather/gather.h"
#include "exocast/options.h"

namespace exocast::detail {

/// `each` and `settled` are called with 0 to `count` - 1, as by gather().
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
