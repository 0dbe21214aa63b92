// SPDX-License-Identifier: Apache-2.0
#include "node/control_commands.h"

#include <unistd.h>

#include <utility>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "node/peer_rows.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

Json address_or_null(const std::optional<PeerAddress>& address) { return address ? Json(to_string(*address)) : Json(); }

}  // namespace

ControlHandler control_commands(Node& node) {
  return [&node](const ControlRequest& request, ControlTalk& talk, ControlQueue& ahead, StopSource& stop) {
    const CommandContext on{.node = node, .talk = talk, .ahead = ahead, .stop = stop};
    return std::visit([&on](const auto& one) { return command(on, one); }, request);
  };
}

std::optional<std::string> too_few_peers(Node& node, std::string_view do_what, std::optional<std::size_t> quorum) {
  const std::size_t peers = node.broadcaster().roster().size();
  if (peers == 0) return fmt::format("there is nobody to {}: node '{}' knows of no peers", do_what, node.id());
  if (quorum.value_or(0) <= peers) return std::nullopt;
  return fmt::format("--quorum: {} is more than the {} peers there are", *quorum, peers);
}

task<void> command(CommandContext on, InfoRequest /*info*/) {
  co_await on.talk.end({{"id", on.node.id()},
                        {"address", address_or_null(on.node.address())},
                        {"native", address_or_null(on.node.native_address())},
                        {"pid", getpid()}});
}

task<void> command(CommandContext on, PeersRequest /*peers*/) {
  const std::vector<PeerRow> rows = peers_of(on.node);
  for (const PeerRow& row : rows) {
    Json event{{"event", "peer"}};
    event.update(to_json(row));
    if (!co_await on.talk.say(event)) co_return;
  }
  co_await on.talk.end({{"peers", rows.size()}});
}

task<void> command(CommandContext /*on*/, CancelRequest /*cancel*/) { co_return; }

}  // namespace exocast
