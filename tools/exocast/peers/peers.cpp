// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/peers/peers.h"

#include <unistd.h>

#include <ranges>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "exocast/gather/gather.h"
#include "exocast/node.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/files.h"
#include "tools/cli/returned.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/local/local_node.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::expected<std::vector<PeerRow>, std::string>;

PeerRow row_of(const Json& json) {
  PeerRow row{.id = json.value("id", ""),
              .address = json.value("address", ""),
              .link = json.value("link", ""),
              .state = json.value("state", ""),
              .since_s = std::nullopt,
              .source = json.value("source", ""),
              .error = json.value("error", "")};
  if (const auto since = json.find("since_s"); since != json.end() && since->is_number()) row.since_s = *since;
  return row;
}

task<Rows> rows_of(LocalNode& node) {
  if (auto asked = co_await node.ask(PeersRequest()); !asked) co_return std::unexpected(std::move(asked.error()));
  const Deadline deadline = Deadline::after((co_await this_context()).scheduler->now(), LocalNode::patience);
  std::vector<PeerRow> rows;
  for (;;) {
    auto answer = co_await node.next(deadline);
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    if ((*answer)->last) co_return rows;
    if ((*answer)->event() == "peer") rows.push_back(row_of((*answer)->json));
  }
}

/// Connects to all at once.
task<Rows> ask_peers(Node& node, const PeersOptions& options) {
  const auto connect = [&](std::size_t index) {
    return node.connect(index, Deadline::after(node.loop().now(), options.timeout));
  };
  const auto indices = std::views::iota(std::size_t{0}, options.peers.size());
  const auto connected = co_await gather(indices, connect);
  std::vector<PeerRow> rows = peers_of(node);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& outcome = connected.outcomes[i];
    rows[i].state = outcome.ok() ? "healthy" : "gone";
    if (const Status* error = outcome.error()) rows[i].error = to_string(*error);
  }
  co_return rows;
}

Rows from_local_node(const PeersOptions& options) {
  AsioLoop loop;
  auto node = LocalNode::find(loop, options.node, or_name_peers);
  if (!node) return std::unexpected(std::move(node.error()));
  return returned(loop.run(rows_of(*node)));
}

Rows from_peers(const PeersOptions& options) {
  auto node = Node::start({.id = "exocast peers", .peers = options.peers});
  if (!node) return std::unexpected(std::move(node.error()));
  return returned((*node)->loop().run(ask_peers(**node, options)));
}

std::string shown(const std::vector<PeerRow>& rows, bool json) {
  const Terminal out = terminal_at(STDOUT_FILENO);
  if (!json) return to_table(rows, out.width, out.colour);
  Json array = Json::array();
  for (const PeerRow& row : rows) array.push_back(to_json(row));
  return array.dump() + '\n';
}

}  // namespace

int run_peers(const PeersOptions& options) {
  const bool own = !options.peers.empty();
  const Rows rows = own ? from_peers(options) : from_local_node(options);
  const auto printed = rows ? print(shown(*rows, options.json)) : std::unexpected(rows.error());
  if (!printed) {
    complain(printed.error());
    return exit_error;
  }
  const bool all_answered = std::ranges::all_of(*rows, [](const PeerRow& row) { return row.state != "gone"; });
  return own && !all_answered ? exit_unsatisfied : exit_satisfied;
}

}  // namespace exocast
