// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/demo/plan.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

namespace exocast::demo {
namespace {

using namespace std::chrono_literals;

/// A process may wait for a CPU on a loaded machine: a slow node must not be reported as frozen.
constexpr Duration margin = 300ms;

/// Spaces the frozen and slow nodes evenly, in alternation, so that ordinary nodes are before and behind each.
std::vector<Kind> spread(const Options& options) {
  std::vector<Kind> kinds(options.nodes, Kind::ordinary);
  std::size_t frozen_left = options.frozen;
  std::size_t slow_left = options.slow;
  const std::size_t odd = frozen_left + slow_left;
  for (std::size_t i = 0; i < odd; ++i) {
    const bool frozen = slow_left == 0 || (frozen_left > 0 && i % 2 == 0);
    --(frozen ? frozen_left : slow_left);
    kinds[(2 * i + 1) * options.nodes / (2 * odd)] = frozen ? Kind::frozen : Kind::slow;
  }
  return kinds;
}

}  // namespace

std::string_view to_string(Kind kind) noexcept {
  constexpr std::array<std::string_view, 3> words = {"ordinary", "slow", "frozen"};
  return words[static_cast<std::size_t>(kind)];
}

std::expected<Plan, std::string> plan_demo(const Options& options) {
  if (options.slow + options.frozen > options.nodes) {
    return std::unexpected(fmt::format("{} slow and {} frozen nodes are more than the {} nodes there are", options.slow,
                                       options.frozen, options.nodes));
  }
  Plan plan;
  plan.kinds = spread(options);
  plan.delay = options.delay;
  plan.slow_delay = std::clamp<Duration>(10 * options.delay, options.delay + 100ms, options.delay + 400ms);
  plan.timeout = plan.slow_delay + margin;
  const auto ordinary = options.nodes - options.slow - options.frozen;
  plan.sequential = ordinary * plan.delay + options.slow * plan.slow_delay + options.frozen * plan.timeout;
  if (plan.sequential > sequential_max) {
    return std::unexpected(
        fmt::format("one by one this would take {:.1f} s, and the demo is to end within 10 s: take fewer nodes, fewer "
                    "slow or frozen "
                    "ones, or a shorter delay",
                    std::chrono::duration<double>(plan.sequential).count()));
  }
  return plan;
}

}  // namespace exocast::demo
