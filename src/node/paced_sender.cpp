// SPDX-License-Identifier: Apache-2.0
#include "node/paced_sender.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "node/send_pace.h"

namespace exocast {
namespace {

/// A message without a report.
struct UnderWay {
  SendProgress progress;
  std::shared_ptr<SendPace> pace;
  std::optional<Report> report = std::nullopt;
};

}  // namespace

struct PacedSender::Row {
  explicit Row(Scheduler& on) : scheduler(on) {}

  /// The pace of broadcasts to `roster`. It begins anew with another roster or timeout.
  const std::shared_ptr<SendPace>& pace_for(const Roster& roster, Duration timeout) {
    if (!pace || epoch != roster.epoch() || receivers != roster.size() || pace_timeout != timeout) {
      pace = std::make_shared<SendPace>(roster.size(), timeout);
      epoch = roster.epoch();
      receivers = roster.size();
      pace_timeout = timeout;
    }
    return pace;
  }

  Scheduler& scheduler;
  std::deque<std::shared_ptr<UnderWay>> messages;  // the oldest first
  std::shared_ptr<SendPace> pace;
  std::uint64_t epoch = 0;
  std::size_t receivers = 0;
  Duration pace_timeout{};
  Event changed;
};

PacedSender::PacedSender(Broadcaster& broadcaster, Scheduler& scheduler)
    : broadcaster_(broadcaster), row_(std::make_shared<Row>(scheduler)), scope_(scheduler) {}

PacedSender::~PacedSender() = default;

task<void> PacedSender::room(Message next, BroadcastOptions options) {
  for (;;) {
    const TimePoint now = row_->scheduler.now();
    const TimePoint held_until = row_->pace_for(broadcaster_.roster(), options.timeout)->holds_until(now);
    if (row_->messages.size() < messages_max && held_until <= now) break;
    row_->changed.reset();
    co_await row_->changed.wait(held_until > now ? Deadline::at(held_until) : Deadline::never());
  }
  const Deadline deadline = Deadline::after(row_->scheduler.now(), options.timeout);
  co_await broadcaster_.room(next, options, deadline);
}

void PacedSender::send(Message message, BroadcastOptions options) {
  scope_.spawn(broadcast(broadcaster_, row_, std::move(message), std::move(options)));
}

task<void> PacedSender::broadcast(Broadcaster& broadcaster, std::shared_ptr<Row> row, Message message,
                                  BroadcastOptions options) {
  const TimePoint now = row->scheduler.now();
  const Roster roster = broadcaster.roster();
  const auto one = std::make_shared<UnderWay>(SendProgress{.receivers = roster.size(), .begun = now},
                                              row->pace_for(roster, options.timeout));
  row->messages.push_back(one);
  one->pace->started(now);
  options.on_outcome = [row, one](const DeliveryProgress& of) {
    ++one->progress.settled;
    one->pace->settled(of.index, of.outcome == PeerOutcome::delivered, row->scheduler.now());
    row->changed.set();
  };
  one->report = co_await broadcaster.broadcast(std::move(message), std::move(options));
  if (one->progress.settled == 0) {  // refused: nobody's outcome was announced
    for (std::size_t peer = 0; peer < one->progress.receivers; ++peer) {
      one->pace->settled(peer, false, row->scheduler.now());
    }
  }
  row->changed.set();
}

std::optional<Report> PacedSender::take() {
  if (row_->messages.empty() || !row_->messages.front()->report) return std::nullopt;
  auto report = std::move(row_->messages.front()->report);
  row_->messages.pop_front();
  row_->changed.set();
  return report;
}

SendProgress PacedSender::oldest() const noexcept {
  return row_->messages.empty() ? SendProgress() : row_->messages.front()->progress;
}

Event& PacedSender::changed() noexcept { return row_->changed; }

}  // namespace exocast
