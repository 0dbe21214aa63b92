// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a demo will do: which node is of which kind, how long each takes, when it is given up.
//
// The figures are chosen so that the sums are visible and the whole ends within ten seconds; what could not is refused
// before anything is started. Pure functions, safe from any thread.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "exocast/gather/deadline.h"

namespace exocast::demo {

/// More processes than that tell nothing new and take long to start.
inline constexpr std::size_t nodes_max = 64;
/// What one-by-one may take, by its plan: leaves four of the ten seconds to start and to end the processes.
inline constexpr Duration sequential_max = std::chrono::seconds(6);

struct Options {
  std::size_t nodes = 8;
  std::size_t slow = 1;
  std::size_t frozen = 1;
  Duration delay = std::chrono::milliseconds(20);  ///< what an ordinary node takes to handle a message
};

enum class Kind : std::uint8_t { ordinary, slow, frozen };

/// "ordinary", "slow" or "frozen".
std::string_view to_string(Kind kind) noexcept;

struct Plan {
  std::vector<Kind> kinds;  ///< one per node; the odd ones are spread over the row, frozen ones first
  Duration delay{};         ///< of an ordinary node
  Duration slow_delay{};    ///< of a slow one: ten times as long, but 100 to 400 ms longer
  Duration timeout{};       ///< how long a node is waited for: 300 ms longer than a slow one takes
  Duration sequential{};    ///< what one-by-one will take: the sum of all waits
};

/// The plan, or one line on why there is none.
std::expected<Plan, std::string> plan_demo(const Options& options);

}  // namespace exocast::demo
