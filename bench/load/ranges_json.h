// SPDX-License-Identifier: Apache-2.0
#pragma once
// Range in JSON: [first, last]. nlohmann-json finds these functions by name. Safe from any thread.

#include <nlohmann/json.hpp>

#include "bench/load/order_check.h"

namespace exocast::bench {

inline void to_json(nlohmann::json& json, const Range& range) { json = {range.first, range.last}; }

inline void from_json(const nlohmann::json& json, Range& range) {
  range = {.first = json.at(0).get<std::uint64_t>(), .last = json.at(1).get<std::uint64_t>()};
}

}  // namespace exocast::bench
