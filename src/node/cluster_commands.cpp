// SPDX-License-Identifier: Apache-2.0
// The commands that ask the node's peers something.
#include <utility>

#include <nlohmann/json.hpp>

#include "cluster/topology_text.h"
#include "exocast/answers.h"
#include "exocast/gather/gather.h"
#include "node/control_commands.h"
#include "report/report_json.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

/// The node's peers, to be asked.
std::vector<TopologyPeer> topology_peers(Node& node) {
  const Roster roster = node.broadcaster().roster();
  std::vector<TopologyPeer> peers;
  for (std::size_t i = 0; i < roster.size(); ++i) {
    const PeerLink* link = node.cluster() != nullptr ? node.cluster()->link_to(roster[i].id) : &node.links()[i];
    if (link != nullptr) peers.push_back({.id = roster[i].id, .address = roster[i].address, .link = link->exo});
  }
  return peers;
}

}  // namespace

task<void> command(Commanded on, TopologyRequest request) {
  const auto collected = co_await with_stop(collect_topology(on.node.loop(), on.node.id(), on.node.topology(),
                                                             topology_peers(on.node), {.timeout = request.timeout}),
                                            on.stop);
  if (!collected) {
    co_await on.talk.fail("cancelled");
    co_return;
  }
  std::vector<Json> events = to_events(*collected);
  const Json last = std::move(events.back());
  events.pop_back();
  for (const Json& event : events) {
    if (!co_await on.talk.say(event)) co_return;
  }
  co_await on.talk.end(last);
}

task<void> command(Commanded on, AskRequest ask) {
  if (auto fault = too_few_peers(on.node, "ask", ask.quorum)) {
    co_await on.talk.fail(*std::move(fault));
    co_return;
  }
  const std::size_t receivers = on.node.broadcaster().roster().size();
  if (!co_await on.talk.say(Json{{"event", "asking"}, {"receivers", receivers}})) co_return;
  AskOptions options{.timeout = ask.timeout,
                     .limit = ask.limit,
                     .policy = ask.quorum ? DeliveryPolicy::quorum(*ask.quorum) : DeliveryPolicy::all(),
                     .stop = &on.stop};
  std::size_t settled = 0;
  if (ask.progress) {
    options.on_answer = [&](std::size_t /*index*/, const PeerAnswer& /*answer*/) {
      on.talk.offer({{"event", "progress"}, {"settled", ++settled}});
    };
  }
  Answers answers = co_await on.node.asker().ask(std::move(ask.question), std::move(options));
  for (const PeerAnswer& one : std::exchange(answers.outcomes, {})) {
    if (!co_await on.talk.say(to_event(one))) co_return;
  }
  co_await on.talk.end({{"answers", to_json(answers)}});
}

}  // namespace exocast
