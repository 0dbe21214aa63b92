// SPDX-License-Identifier: Apache-2.0
#include "node/control_commands.h"

#include <unistd.h>

#include <array>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "exocast/gather/gather.h"
#include "node/peer_rows.h"
#include "node/stability_watch.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

Json address_or_null(const std::optional<PeerAddress>& address) { return address ? Json(to_string(*address)) : Json(); }

/// A message as a watcher receives it; without its content if the line would be too long.
std::string message_line(const Message& message) {
  if (message.bytes() <= control_answer_bytes_max) {  // its line is not much shorter
    std::string line = to_json_line(message);
    if (line.size() <= control_answer_bytes_max) return line;
  }
  const bool is_data = message.kind() == MessageKind::data;
  return Json{{"event", "message"},
              {"kind", to_string(message.kind())},
              {is_data ? "topic" : "request_id", is_data ? message.topic() : message.request_id()},
              {"too_long", message.bytes()}}
      .dump();
}

/// Until there is a message, or there is news in `logs`, or `stop`.
task<void> wait_for_news(Inbox::Subscription& subscription, SenderLogs* logs, StopSource& stop) {
  if (logs == nullptr) {
    co_await with_stop(subscription.ready(), stop);
    co_return;
  }
  const auto wait = [&](bool for_message) -> task<void> {
    if (for_message) co_await subscription.ready();
    if (!for_message) co_await logs->changed(Deadline::never());
  };
  co_await race(std::array{true, false}, wait, {.stop = &stop});
}

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

task<void> command(CommandContext on, WatchRequest watch) {
  const auto subscription = on.node.inbox().subscribe(
      "watch",
      {.request_id = std::move(watch.request_id), .topic = std::move(watch.topic), .when_full = WhenFull::miss});
  SenderLogs& logs = on.node.sender_logs();
  StabilityWatch stability(logs);
  std::size_t messages = 0;
  std::uint64_t missed = 0;
  if (!co_await on.talk.say(Json{{"event", "watching"}, {"id", on.node.id()}})) co_return;
  while (!on.stop.requested()) {
    if (const auto events = stability.take_events(); !events.empty()) {
      for (const Json& event : events) {
        if (!co_await on.talk.say(event)) co_return;
      }
      continue;  // there may have been news meanwhile
    }
    if (!subscription->has_next()) {
      co_await wait_for_news(*subscription, watch.stable ? &logs : nullptr, on.stop);
      continue;
    }
    const Message message = co_await subscription->next();
    if (watch.stable) stability.add(subscription->origin());
    if (const std::uint64_t gap = subscription->take_missed()) {
      missed += gap;
      if (!co_await on.talk.say(Json{{"event", "gap"}, {"missed", gap}})) co_return;
    }
    ++messages;
    if (!co_await on.talk.say(message_line(message))) co_return;
  }
  co_await on.talk.end({{"messages", messages}, {"missed", missed}});
}

task<void> command(CommandContext /*on*/, CancelRequest /*cancel*/) { co_return; }

}  // namespace exocast
