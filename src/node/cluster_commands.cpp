// SPDX-License-Identifier: Apache-2.0
// The commands that query the node's peers.
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

}  // namespace

task<void> command(CommandContext on, TopologyRequest request) {
  const auto collected = co_await with_stop(on.node.collect_topology(request.timeout), on.stop);
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

task<void> command(CommandContext on, AskRequest ask) {
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
