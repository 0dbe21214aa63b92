// SPDX-License-Identifier: Apache-2.0
// `exocast peers`: shows the peers of the local node and their states, or probes named peers.
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <ranges>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "exocast/gather/gather.h"
#include "exocast/node.h"
#include "node/peer_rows.h"
#include "tools/cli/files.h"
#include "tools/cli/foreground.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/commands.h"
#include "tools/exocast/local_node.h"
#include "tools/exocast/peer_options.h"
#include "tools/exocast/peers_table.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;
using Rows = std::expected<std::vector<PeerRow>, std::string>;

constexpr const char* help =
    R"(Without peers that are named, the node that runs on this machine says whom it knows. Peers
that are named are asked themselves, all at once, and those that answer are healthy.

Examples:
  exocast peers
  exocast peers --json
  exocast peers --peers peers.json --timeout 1s

States: healthy; suspect, it should have answered; gone, it cannot be reached; left, it
said goodbye; unknown, nothing has been sent to it yet. --json prints an array of objects
with the keys id, address, link, state, since_s, source and, where there is one, error.

Exit status: 0 the peers are listed, 2 a peer that was named did not answer, 1 wrong usage or
an error on this machine.)";

struct Options {
  PeerOptions to;
  Duration timeout = std::chrono::seconds(5);  ///< of each connection to a named peer; as exo's health check
  bool json = false;
};

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

Rows ask_local_node(const Options& options) {
  AsioLoop loop;
  auto node = LocalNode::find(loop, options.to.node, or_name_peers);
  if (!node) return std::unexpected(std::move(node.error()));
  const auto answer = returned(loop.run(node->collect(PeersRequest(), "peer", Duration::zero())));
  if (!answer) return std::unexpected(answer.error());
  std::vector<PeerRow> rows;
  std::ranges::transform(answer->rows, std::back_inserter(rows), row_of);
  return rows;
}

/// Connects to all peers at once.
task<std::vector<PeerRow>> connect_to_all(Node& node, Duration timeout) {
  const auto connect = [&](std::size_t index) {
    return node.connect(index, Deadline::after(node.loop().now(), timeout));
  };
  const auto connected = co_await gather(std::views::iota(std::size_t{0}, node.broadcaster().roster().size()), connect);
  std::vector<PeerRow> rows = peers_of(node);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto& outcome = connected.outcomes[i];
    rows[i].state = outcome.ok() ? "healthy" : "gone";
    if (const Status* error = outcome.error()) rows[i].error = to_string(*error);
  }
  co_return rows;
}

Rows ask_peers(const Options& options) {
  auto node = Node::start({.id = "exocast peers", .peers = options.to.peers});
  if (!node) return std::unexpected(std::move(node.error()));
  return returned((*node)->loop().run(connect_to_all(**node, options.timeout)));
}

std::string shown(const std::vector<PeerRow>& rows, bool json) {
  const Terminal out = terminal_at(STDOUT_FILENO);
  if (!json) return to_table(rows, out.width, out.colour);
  Json array = Json::array();
  for (const PeerRow& row : rows) array.push_back(to_json(row));
  return array.dump() + '\n';
}

int peers(Options& options) {
  if (auto completed = complete(options.to); !completed) return fail(completed.error());
  const bool own = !options.to.peers.empty();
  const Rows rows = own ? ask_peers(options) : ask_local_node(options);
  if (!rows) return fail(rows.error());
  if (auto printed = print(shown(*rows, options.json)); !printed) return fail(printed.error());
  const bool all_answered = std::ranges::all_of(*rows, [](const PeerRow& row) { return row.state != "gone"; });
  return own && !all_answered ? exit_unsatisfied : exit_satisfied;
}

}  // namespace

void add_peers_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  CLI::App& command = add_command(app, status, {"peers", "List the peers and the state of each", help},
                                  [options](const CLI::App&) { return peers(*options); });
  add_peer_options(command, options->to);
  add_duration(command, "--timeout", options->timeout, std::chrono::milliseconds(1),
               "How long a peer that is named may take to answer (5s)");
  add_flag(command, "--json", options->json, "Print JSON");
}

}  // namespace exocast
