// SPDX-License-Identifier: Apache-2.0
// The commands that ask the node's peers something.
#include <utility>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "cluster/topology_text.h"
#include "exocast/answers.h"
#include "exocast/gather/gather.h"
#include "node/control_commands.h"

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

/// `fields` as an event.
Json event(std::string_view what, const Json& first, const Json& fields) {
  Json line{{"event", what}};
  line.update(first);
  line.update(fields);
  return line;
}

/// All but the heading of a topology, as events: an array.
Json events_of(const Json& topology) {
  Json events = Json::array();
  for (const auto& [id, device] : topology["nodes"].items()) events.push_back(event("node", {{"id", id}}, device));
  for (const Json& edge : topology["edges"]) events.push_back(event("edge", Json::object(), edge));
  for (const Json& id : topology["heard_of"]) events.push_back(event("heard_of", {{"id", id}}, Json::object()));
  for (const Json& outcome : topology["outcomes"]) events.push_back(event("outcome", Json::object(), outcome));
  return events;
}

/// With the answer's text as it came: to_json() would make JSON of it.
Json answer_event(const PeerAnswer& answer) {
  return {{"event", "answer"},
          {"peer", to_utf8(answer.peer)},
          {"address", to_utf8(answer.address)},
          {"outcome", to_string(answer.outcome)},
          {"elapsed_ms", answer.elapsed_ms},
          {"text", to_utf8(answer.text)},
          {"code", to_string(answer.code)},
          {"error", to_utf8(answer.error)}};
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
  const Json topology = to_json(*collected);
  for (const Json& one : events_of(topology)) {
    if (!co_await on.talk.say(one)) co_return;
  }
  co_await on.talk.end({{"self", topology["self"]}, {"elapsed_ms", topology["elapsed_ms"]}});
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
  for (const PeerAnswer& one : std::exchange(answers.answers, {})) {
    if (!co_await on.talk.say(answer_event(one))) co_return;
  }
  co_await on.talk.end({{"answers", to_json(answers)}});
}

}  // namespace exocast
