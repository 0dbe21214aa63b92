// SPDX-License-Identifier: Apache-2.0
#pragma once
// The plan of a demo: the kind of each node, its delay, and the timeout.
//
// The figures make the sums visible and keep the demo within ten seconds. A demo that would take longer is refused
// before anything starts. Pure functions, safe from any thread.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "exocast/gather/deadline.h"

namespace exocast::demo {

/// More processes show nothing new and start slowly.
inline constexpr std::size_t nodes_max = 64;
/// Limit of the planned time of one-by-one: leaves four of the ten seconds to start and end the processes.
inline constexpr Duration sequential_max = std::chrono::seconds(6);

struct Options {
  std::size_t nodes = 8;
  std::size_t slow = 1;
  std::size_t frozen = 1;
  Duration delay = std::chrono::milliseconds(20);  ///< of an ordinary node, per message
};

enum class Kind : std::uint8_t { ordinary, slow, frozen };

/// "ordinary", "slow" or "frozen".
std::string_view to_string(Kind kind) noexcept;

struct Plan {
  std::vector<Kind> kinds;  ///< one per node; frozen and slow ones are spread evenly, frozen ones first
  Duration delay{};         ///< of an ordinary node
  Duration slow_delay{};    ///< of a slow node: ten times as long, but 100 to 400 ms longer
  Duration timeout{};       ///< per node: 300 ms longer than a slow one takes
  Duration sequential{};    ///< the planned time of one-by-one: the sum of all waits
};

/// The plan, or one line on why it is impossible.
std::expected<Plan, std::string> plan_demo(const Options& options);

}  // namespace exocast::demo
