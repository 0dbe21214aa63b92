// SPDX-License-Identifier: Apache-2.0
#include "broadcast/broadcaster_state.h"

#include <algorithm>
#include <cassert>
#include <chrono>
#include <utility>

#include <fmt/format.h>

#include "base/random.h"
#include "broadcast/broadcast.h"

namespace exocast::detail {
namespace {

/// Nobody looks for room more often than this because time has passed, however short the patience.
constexpr Duration between_looks = std::chrono::milliseconds(10);

}  // namespace

BroadcasterState::BroadcasterState(Scheduler& scheduler, const BroadcasterOptions& options, std::uint64_t log)
    : scheduler(scheduler),
      limiter(scheduler, options.limits),
      lanes(scheduler, limiter, options.lanes, Random(options.seed ? *options.seed : random_seed())),
      ids(options.seed ? BroadcastIds(*options.seed) : BroadcastIds()),
      broadcasts_max_(options.broadcasts_max),
      bytes_max_(options.bytes_max),
      lane_options_(options.lanes),
      kept_{{{scheduler, lanes, options.replay, log, StreamClass::control},
             {scheduler, lanes, options.replay, log, StreamClass::tokens},
             {scheduler, lanes, options.replay, log, StreamClass::bulk}}} {
  assert(options.broadcasts_max >= 1);
}

BroadcasterState::~BroadcasterState() = default;

/// Whether one more message of `more_bytes` fits; a single message always does.
bool BroadcasterState::fits(std::size_t messages, std::size_t bytes, std::size_t more_bytes) const noexcept {
  return messages < broadcasts_max_ && (bytes == 0 || bytes + more_bytes <= bytes_max_);
}

std::optional<Status> BroadcasterState::no_room(StreamClass of, std::size_t bytes) const {
  const Kept& kept = this->kept(of);
  if (fits(kept.log.messages(), kept.log.bytes(), bytes)) return std::nullopt;
  const bool waits = overflow(of) == Overflow::wait;
  const bool may_fall_behind = !waits && fits(kept.untold.messages, kept.untold.bytes, bytes);
  if (may_fall_behind && enough_keep_up(of, bytes)) return std::nullopt;
  return Status::resource_exhausted(
      fmt::format("not sent: {} messages ({} bytes) of the class {} are under way; the most at once are {} ({} bytes)",
                  kept.log.messages(), kept.log.bytes(), to_string(of), broadcasts_max_, bytes_max_));
}

/// Whether at least half of the receivers that accept messages have room for one more of `bytes`. A receiver without
/// progress for `patience` does not count while another one keeps up. If none does either, one message is let through
/// for each idle receiver that was given none for as long: it may be new, or have refused a single message.
bool BroadcasterState::enough_keep_up(StreamClass of, std::size_t bytes) const noexcept {
  std::size_t keep_up = 0;
  std::size_t slow = 0;
  bool one_may_show = false;
  const TimePoint patience_ends = scheduler.now() - lane_options_.limits.patience;
  const Log::Range& unseen = kept(of).unseen;
  for (const auto& lane : lanes.receivers()->lanes) {
    Unanswered open = lane->unanswered(of);
    open.messages += unseen.count;
    open.bytes += unseen.bytes;
    if (fits(open.messages, open.bytes, bytes)) {
      keep_up += lane->accepts(of) ? 1 : 0;
      const bool is_idle = open.messages == 0 && lane->destination().link != nullptr;
      one_may_show = one_may_show || (is_idle && lane->progress_at(of) <= patience_ends);
    } else if (lane->progress_at(of) > patience_ends) {
      ++slow;
    }
  }
  return keep_up > 0 ? keep_up >= slow : slow == 0 && one_may_show;
}

void BroadcasterState::begin(Broadcast& broadcast) {
  Log& log = kept(broadcast.stream_class()).log;
  // The new message does not count: one large message must not evict those just before it.
  const auto is_over = [&] { return log.bytes() > bytes_max_ && log.bytes() - bytes_max_ > bytes_max_; };
  while (log.messages() / 2 >= broadcasts_max_ || is_over()) {
    if (log.front() == kept(broadcast.stream_class()).unseen.first) feed();
    log.drop_front();
  }
  log.append(broadcast);
  ++begun_total_;
  under_way_peak_ = std::max(under_way_peak_, ++under_way_);
  bytes_peak_ = std::max(bytes_peak_, bytes_ += broadcast.bytes());
}

void BroadcasterState::feed_later(Broadcast& broadcast) noexcept {
  kept(broadcast.stream_class()).unseen.extend(broadcast);
  if (!queued()) scheduler.post(*this);
}

void BroadcasterState::feed() {
  unqueue();
  for (Kept& kept : kept_) {
    const Log::Range range = std::exchange(kept.unseen, {});
    if (range.count == 0) continue;
    kept.teller.published();
    std::uint32_t place = 0;
    for (const auto& lane : lanes.receivers()->lanes) lane->add(range, place++);
  }
}

void BroadcasterState::end(Broadcast& broadcast) noexcept {
  Kept& kept = this->kept(broadcast.stream_class());
  kept.log.remove(broadcast);
  kept.teller.left(kept.log, broadcast.position(), broadcast.is_lost());
  --under_way_;
  bytes_ -= broadcast.bytes();
  settled();
}

void BroadcasterState::fell_behind(Broadcast& broadcast) noexcept {
  end(broadcast);
  Unanswered& untold = kept(broadcast.stream_class()).untold;
  ++untold.messages;
  untold.bytes += broadcast.bytes();
}

void BroadcasterState::told(const Broadcast& broadcast) noexcept {
  Unanswered& untold = kept(broadcast.stream_class()).untold;
  --untold.messages;
  untold.bytes -= broadcast.bytes();
  settled();
}

task<void> BroadcasterState::room_may_come(Deadline deadline) {
  const Deadline patience = Deadline::after(scheduler.now(), std::max(lane_options_.limits.patience, between_looks));
  settled_.reset();
  co_await settled_.wait(std::min(deadline, patience));
}

}  // namespace exocast::detail
