// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/demo/nodes.h"

#include <optional>
#include <ranges>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "exocast/gather/gather.h"
#include "tools/exocast/io/line_reader.h"

namespace exocast::demo {
namespace {

using Found = std::expected<Peer, std::string>;

constexpr std::size_t first_line_bytes_max = 1000;

std::string name_of(std::size_t index) { return fmt::format("n{}", index + 1); }

std::vector<std::string> arguments_of(std::size_t index, const Plan& plan) {
  const Duration delay = plan.kinds[index] == Kind::slow ? plan.slow_delay : plan.delay;
  const auto delay_ms = std::chrono::duration_cast<std::chrono::milliseconds>(delay).count();
  return {"node",
          "--no-control",
          "--discovery",
          "none",
          "--id",
          name_of(index),
          "--listen",
          "127.0.0.1:0",
          "--json",
          "--accept-delay",
          fmt::format("{}ms", delay_ms)};
}

/// The address in {"event":"listening","address":…}; nothing if it is anything else.
std::optional<PeerAddress> address_in(const std::string& line) {
  const auto event = nlohmann::json::parse(line, nullptr, false);
  if (!event.is_object() || event.value("event", "") != "listening") return std::nullopt;
  auto address = parse_address(event.value("address", ""));
  return address ? std::optional(*std::move(address)) : std::nullopt;
}

/// Waits for the node's first line.
task<Found> find(AsioLoop& loop, std::size_t index, int output_fd) {
  LineReader reader(loop, output_fd, first_line_bytes_max);
  const auto line = co_await reader.next();
  const std::string said = line && *line ? **line : "";
  if (auto address = address_in(said)) co_return Peer{name_of(index), *std::move(address), std::nullopt};
  co_return std::unexpected(
      fmt::format("node {} did not start: {}", name_of(index), said.empty() ? "it ended" : to_line(said)));
}

}  // namespace

task<std::expected<std::vector<Peer>, std::string>> start_nodes(AsioLoop& loop, const Plan& plan, Children& children) {
  for (std::size_t index = 0; index < plan.kinds.size(); ++index) {
    if (auto child = children.start(arguments_of(index, plan)); !child)
      co_return std::unexpected(std::move(child.error()));
  }
  const auto find_one = [&](std::size_t index) { return find(loop, index, children[index].output_fd); };
  auto found = co_await join(std::views::iota(std::size_t{0}, plan.kinds.size()), find_one,
                             {.deadline = Deadline::after(loop.now(), start_timeout)});
  std::vector<Peer> peers;
  for (auto& outcome : found.outcomes) {
    if (const std::string* error = outcome.error()) co_return std::unexpected(*error);
    if (outcome.ok()) peers.push_back(std::move(outcome).value());
  }
  if (!found.satisfied) {
    co_return std::unexpected(fmt::format("only {} of {} nodes have started within {} s", peers.size(),
                                          plan.kinds.size(),
                                          std::chrono::duration_cast<std::chrono::seconds>(start_timeout).count()));
  }
  co_return peers;
}

}  // namespace exocast::demo
