// SPDX-License-Identifier: Apache-2.0
#include "exocast/broadcast/broadcast.h"

#include <algorithm>
#include <utility>

namespace exocast::detail {
namespace {

/// Says at the end of a wait for a place whether it was the peer's own messages that were waited for.
class NoteBlocked {
 public:
  NoteBlocked(const FairLimiter::Turn& turn, Stage& stage) noexcept : turn_(turn), stage_(stage) {}
  NoteBlocked(const NoteBlocked&) = delete;
  NoteBlocked& operator=(const NoteBlocked&) = delete;
  ~NoteBlocked() {
    if (turn_.blocked()) stage_ = Stage::blocked;
  }

 private:
  const FairLimiter::Turn& turn_;
  Stage& stage_;
};

}  // namespace

BroadcasterState::BroadcasterState(Scheduler& scheduler, Roster roster, const BroadcasterOptions& options)
    : scheduler(scheduler),
      roster(std::move(roster)),
      limiter(scheduler, options.limits),
      targets(this->roster.size()),
      ids(options.id_seed ? BroadcastIds(*options.id_seed) : BroadcastIds()),
      broadcasts_max(options.broadcasts_max) {}

Broadcast::Broadcast(std::shared_ptr<BroadcasterState> shared, Message message, BroadcastOptions options)
    : shared_(std::move(shared)),
      message_(std::move(message)),
      options_(std::move(options)),
      message_bytes_(message_.bytes()),
      begun_(shared_->scheduler.now()),
      deadline_(std::min(options_.deadline, Deadline::after(begun_, options_.timeout))),
      marks_(shared_->roster.size()) {}

task<Delivery> Broadcast::deliver_to(std::size_t index) {
  const Destination& to = shared_->roster[index];
  if (auto fine = deliverable(to, message_bytes_); !fine) co_return std::unexpected(std::move(fine.error()));

  FairLimiter::Turn turn(shared_->limiter, flow_, shared_->targets[index]);
  const NoteBlocked note(turn, marks_[index].stage);
  co_await turn;

  marks_[index].stage = Stage::sent;
  const Deadline deadline = std::min(deadline_, Deadline::after(shared_->scheduler.now(), options_.per_peer));
  auto answer = co_await to.link->deliver(message_, deadline);
  if (answer) co_return Delivery();
  const Duration allowed = deadline < deadline_ ? options_.per_peer : timeout();
  co_return std::unexpected(to_delivery_error(std::move(answer.error()), deadline, shared_->scheduler.now(), allowed));
}

void Broadcast::settled(std::size_t index, const DeliveryEnd& end) noexcept {
  Mark& mark = marks_[index];
  mark.settled_at = shared_->scheduler.now();
  if (!options_.on_outcome) return;
  const DeliveryError described = describe(end, mark.stage, timeout());
  options_.on_outcome({index, shared_->roster[index], described.outcome, mark.settled_at - begun_, described.error});
}

GatherOptions Broadcast::gather_options() const noexcept {
  return {.limit = options_.limit, .deadline = deadline_, .tolerated = options_.tolerated, .stop = options_.stop};
}

Report Broadcast::report(const Gathered<Unit, DeliveryError>& gathered) const {
  Report report = heading(gathered.satisfied);
  for (std::size_t index = 0; index < marks_.size(); ++index) {
    const Mark& mark = marks_[index];
    report.outcomes.push_back(to_row(shared_->roster[index], describe(gathered.outcomes[index], mark.stage, timeout()),
                                     mark.settled_at - begun_));
  }
  return report;
}

Report Broadcast::refused(const LinkError& why) const {
  Report report = heading(receivers() == 0 && policy().policy().enough == all_items);
  for (const Destination& to : shared_->roster) {
    report.outcomes.push_back(to_row(to, {DeliveryOutcome::skipped, why}, Duration::zero()));
  }
  return report;
}

Report Broadcast::heading(bool satisfied) const {
  Report report;
  report.broadcast_id = shared_->ids.next();
  report.message_kind = message_.kind();
  report.message_bytes = message_bytes_;
  report.elapsed_ms = to_ms(shared_->scheduler.now() - begun_);
  if (!deadline_.is_never()) report.deadline_ms = to_ms(timeout());
  report.policy = to_words(options_.policy, options_.tolerated);
  report.satisfied = satisfied;
  report.outcomes.reserve(marks_.size());
  return report;
}

/// The whole's: what ends a delivery beside its link, for the texts.
Duration Broadcast::timeout() const noexcept { return deadline_.left(begun_); }

}  // namespace exocast::detail
