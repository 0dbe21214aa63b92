// SPDX-License-Identifier: Apache-2.0
// The sends of a control connection. Those that follow one another are a row: each begins as soon as the pace allows,
// while the reports of the ones before it are still open, and they are answered in their order.
#include <deque>
#include <utility>

#include <nlohmann/json.hpp>

#include "exocast/gather/gather.h"
#include "node/control_commands.h"
#include "node/paced_sender.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

class SendRow {
 public:
  /// The context outlives it.
  explicit SendRow(const CommandContext& on)
      : on_(on), sender_(on.node.broadcaster(), on.node.loop()), scope_(on.node.loop()) {}

  /// Sends `first` and the sends that follow, and answers all of them. Ends before the next request of another kind.
  task<void> run(SendRequest first) {
    scope_.spawn(begin_all(std::move(first)));
    co_await answer_all();
  }

 private:
  /// A send that has no answer yet.
  struct Begun {
    std::optional<std::string> fault;  // why it was not sent
    bool shows_progress = false;
    std::size_t receivers = 0;
  };

  task<void> begin_all(SendRequest first) {
    std::optional<SendRequest> next = std::move(first);
    while (next) {
      co_await begin(*std::move(next));
      next = co_await next_send();
    }
    all_begun_ = true;
    sender_.changed().set();
  }

  /// Once stop is requested it waits no longer: the report says what became of the message.
  task<void> begin(SendRequest send) {
    BroadcastOptions options{.timeout = send.timeout,
                             .limit = send.limit,
                             .policy = send.quorum ? DeliveryPolicy::quorum(*send.quorum) : DeliveryPolicy::all(),
                             .stop = &on_.stop};
    co_await with_stop(sender_.room(send.message, options), on_.stop);
    Begun begun{.fault = too_few_peers(on_.node, "send to", send.quorum),
                .shows_progress = send.progress,
                .receivers = on_.node.broadcaster().roster().size()};
    if (!begun.fault) sender_.send(std::move(send.message), std::move(options));
    begun_.push_back(std::move(begun));
    sender_.changed().set();
  }

  /// The next request if it is a send. Waits for it, until stop is requested.
  task<std::optional<SendRequest>> next_send() {
    for (;;) {
      if (auto send = on_.ahead.take_send()) co_return send;
      if (!on_.ahead.empty() || on_.stop.requested()) co_return std::nullopt;
      on_.ahead.changed().reset();
      co_await with_stop(changed_ahead(), on_.stop);
    }
  }
  task<void> changed_ahead() { co_await on_.ahead.changed().wait(); }

  /// Writes all lines of the row, until all are answered or the client is gone.
  task<void> answer_all() {
    while (!on_.talk.cut()) {
      if (announced_ < begun_.size()) {
        co_await announce(begun_[announced_++]);
      } else if (begun_.empty() && all_begun_) {
        co_return;
      } else if (begun_.empty() || !co_await answer_oldest()) {
        offer_progress();
        sender_.changed().reset();
        co_await sender_.changed().wait();
      }
    }
    on_.stop.request();
  }

  task<void> announce(const Begun& begun) {
    if (!begun.fault) co_await on_.talk.say(Json{{"event", "sending"}, {"receivers", begun.receivers}});
  }

  /// False if its report is not there yet.
  task<bool> answer_oldest() {
    auto fault = std::move(begun_.front().fault);
    auto report = fault ? std::nullopt : sender_.take();
    if (!fault && !report) co_return false;
    begun_.pop_front();
    --announced_;
    offered_ = 0;
    co_await (fault ? on_.talk.fail(*std::move(fault)) : answer(*report));
    co_return true;
  }

  task<bool> answer(Report report) {
    Json json = to_json(report);
    for (Json& row : json["outcomes"]) {
      Json event{{"event", "outcome"}};
      event.update(row);
      if (!co_await on_.talk.say(event)) co_return false;
    }
    json.erase("outcomes");
    co_return co_await on_.talk.end({{"report", std::move(json)}});
  }

  void offer_progress() {
    if (begun_.empty() || !begun_.front().shows_progress) return;
    const std::size_t settled = sender_.oldest().settled;
    if (settled > std::exchange(offered_, settled)) on_.talk.offer({{"event", "progress"}, {"settled", settled}});
  }

  const CommandContext on_;
  PacedSender sender_;
  std::deque<Begun> begun_;    // the oldest first
  std::size_t announced_ = 0;  // of them
  std::size_t offered_ = 0;    // of the oldest: the progress that was offered last
  bool all_begun_ = false;
  Scope scope_;  // destroyed first
};

}  // namespace

task<void> command(CommandContext on, SendRequest send) {
  SendRow row(on);
  co_await row.run(std::move(send));
}

}  // namespace exocast
