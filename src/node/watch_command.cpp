// SPDX-License-Identifier: Apache-2.0
// Watching: the messages that the node receives, and before them, if it is asked for, what its peers have kept.
#include <array>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "exocast/gather/gather.h"
#include "node/control_commands.h"
#include "node/replay_question.h"
#include "node/replay_watch.h"
#include "node/stability_watch.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

/// How long a watcher waits for what the peers have kept.
constexpr Duration replay_timeout = std::chrono::seconds(2);

/// A message as a watcher receives it; without its content if the line would be too long.
std::string line_of(const Message& message) {
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

/// The event of a message that is shown; of a replayed one with a remark.
std::string event_of(const WatchedMessage& one) {
  std::string line = line_of(one.message);
  if (one.replayed) line.replace(line.size() - 1, 1, R"(,"replayed":true})");
  return line;
}

class Watch {
 public:
  /// The context outlives it.
  Watch(const CommandContext& on, WatchRequest watch)
      : on_(on),
        watch_(std::move(watch)),
        wanted_{.request_id = watch_.request_id, .topic = watch_.topic, .when_full = WhenFull::miss},
        subscription_(on.node.inbox().subscribe("watch", wanted_)) {}

  /// Ends when stop is requested, or the client is gone.
  task<void> run() {
    if (!co_await on_.talk.say(Json{{"event", "watching"}, {"id", on_.node.id()}})) co_return;
    if (watch_.replay && !co_await show_replay()) co_return;
    while (!on_.stop.requested()) {
      if (const auto events = stability_.take_events(); !events.empty()) {
        for (const Json& event : events) {
          if (!co_await on_.talk.say(event)) co_return;
        }
      } else if (!subscription_->has_next()) {
        co_await wait_for_news(*subscription_, watch_.stable ? &logs_ : nullptr, on_.stop);
      } else if (!co_await show_next()) {
        co_return;
      }
    }
    co_await on_.talk.end({{"messages", messages_}, {"missed", missed_}});
  }

 private:
  task<bool> show_next() {
    WatchedMessage next{.message = co_await subscription_->next(), .origin = subscription_->origin()};
    if (!co_await show_gap(subscription_->take_missed())) co_return false;
    if (replay_.has(next.origin)) co_return true;
    co_return co_await show(next);
  }

  task<bool> show(const WatchedMessage& one) {
    if (watch_.stable) stability_.add(one.origin);
    ++messages_;
    co_return co_await on_.talk.say(event_of(one));
  }

  task<bool> show_gap(std::uint64_t missed) {
    if (missed == 0) co_return true;
    missed_ += missed;
    co_return co_await on_.talk.say(Json{{"event", "gap"}, {"missed", missed}});
  }

  /// Asks all peers, and shows what they have kept together with what has arrived meanwhile.
  task<bool> show_replay() {
    const ReplayRequest request;
    const Answers answers =
        co_await on_.node.asker().ask(replay_question(request), {.timeout = replay_timeout, .stop = &on_.stop});
    for (const PeerAnswer& answer : answers.outcomes) {
      if (!co_await on_.talk.say(take_replay(answer, request))) co_return false;
    }
    std::vector<WatchedMessage> live;
    std::uint64_t missed = 0;
    while (auto next = subscription_->next_now()) {
      missed += subscription_->take_missed();
      live.push_back({.message = *std::move(next), .origin = subscription_->origin()});
    }
    if (!co_await show_gap(missed)) co_return false;
    for (const WatchedMessage& one : replay_.merge(std::move(live))) {
      if (!co_await show(one)) co_return false;
    }
    co_return true;
  }

  /// Adds what a peer has kept, if it is wanted. Returns the event that says so, or why there is nothing.
  Json take_replay(const PeerAnswer& answer, const ReplayRequest& request) {
    Json event{{"event", "replay"}, {"peer", answer.peer}};
    auto replay = answer.outcome == PeerOutcome::answered
                      ? read_replay(answer.text, request)
                      : std::unexpected(answer.error.empty() ? std::string(to_string(answer.outcome)) : answer.error);
    if (!replay) {
      event["error"] = std::move(replay.error());
      return event;
    }
    std::erase_if(replay->messages, [this](const Replayed& one) { return !wanted_.wants(one.message); });
    event["messages"] = replay->messages.size();
    event["left_out"] = replay->left_out;
    replay_.add(std::move(replay->messages));
    return event;
  }

  const CommandContext on_;
  const WatchRequest watch_;
  const SubscriptionOptions wanted_;
  const std::unique_ptr<Inbox::Subscription> subscription_;
  SenderLogs& logs_ = on_.node.sender_logs();
  StabilityWatch stability_{logs_};
  ReplayWatch replay_;
  std::size_t messages_ = 0;
  std::uint64_t missed_ = 0;
};

}  // namespace

task<void> command(CommandContext on, WatchRequest watch) {
  Watch watching(on, std::move(watch));
  co_await watching.run();
}

}  // namespace exocast
