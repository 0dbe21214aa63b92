// SPDX-License-Identifier: Apache-2.0
#pragma once
// BroadcasterState: the state that all broadcasts of one Broadcaster share: the lanes to the receivers, and the bounds
// on all broadcasts together. Internal: see broadcaster.h. Threading: that of the scheduler.

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "broadcast/active_roster.h"
#include "broadcast/log_teller.h"
#include "broadcast/replay_tail.h"
#include "exocast/gather/event.h"
#include "exocast/ids.h"
#include "exocast/options.h"

namespace exocast::detail {

class Broadcast;

class BroadcasterState final : private Runnable {
 public:
  /// `log` identifies its logs.
  BroadcasterState(Scheduler& scheduler, const BroadcasterOptions& options, std::uint64_t log);
  ~BroadcasterState();

  Scheduler& scheduler;
  FairLimiter limiter;
  RosterLanes lanes;
  BroadcastIds ids;

  /// The reason why a broadcast of this class, with a message of `bytes`, cannot begin now; nothing if it can. The
  /// faster half of the receivers sets the pace. For slower ones, begin() evicts the oldest messages.
  std::optional<Status> no_room(StreamClass of, std::size_t bytes) const;

  /// Counts `broadcast`, which has a place in the log now. If too many of its class are kept for slow receivers, ends
  /// the oldest.
  void begin(Broadcast& broadcast);

  /// Keeps the message of a broadcast for those who come later, if it is an option.
  void keep(StreamClass of, std::uint64_t position, const Message& message, std::string_view key) {
    if (ReplayTail& replay = kept(of).replay; replay.is_on()) replay.add(position, message, key);
  }
  const ReplayTail& replay(StreamClass of) const noexcept { return kept(of).replay; }

  /// Lets the lanes have `broadcast`, which begin() has counted last, with the others of this turn of the loop.
  void feed_later(Broadcast& broadcast) noexcept;

  /// Gives the lanes what they have not seen yet.
  void feed();

  /// Lets the receivers know now how far the logs are settled.
  void tell_logs() noexcept {
    for (Kept& kept : kept_) kept.teller.tell_now();
  }

  /// `broadcast` has ended.
  void end(Broadcast& broadcast) noexcept;

  /// `broadcast` is no longer kept; told() follows once it has ended.
  void fell_behind(Broadcast& broadcast) noexcept;
  void told(const Broadcast& broadcast) noexcept;

  /// A receiver has an outcome, so there may be room.
  void settled() noexcept { settled_.set(); }

  /// How far the log of this class is settled.
  const LogProgress& progress(StreamClass of) const noexcept { return kept(of).teller.progress(); }

  /// Whether a message with these options may replace another one in a lane.
  bool may_replace(const LaneItemOptions& options) const noexcept {
    return options.may_replace(overflow(options.stream_class));
  }

  /// Waits until there may be room again, or until `deadline`.
  task<void> room_may_come(Deadline deadline);

  std::size_t under_way() const noexcept { return under_way_; }
  std::size_t under_way_peak() const noexcept { return under_way_peak_; }
  std::size_t bytes_under_way() const noexcept { return bytes_; }
  std::size_t bytes_peak() const noexcept { return bytes_peak_; }
  std::size_t begun_total() const noexcept { return begun_total_; }
  std::size_t refused_total = 0;

 private:
  /// The broadcasts of one class. Each class has its own bound.
  struct Kept {
    Kept(Scheduler& scheduler, const RosterLanes& lanes, const ReplayLimits& replay, std::uint64_t log, StreamClass of)
        : teller(scheduler, lanes, log, of), replay(replay) {}

    Log log;
    Log::Range unseen;  // by the lanes
    Unanswered untold;  // what fell behind, and will be over in one of the next turns of the loop
    LogTeller teller;
    ReplayTail replay;
  };
  Kept& kept(StreamClass of) noexcept { return kept_[static_cast<std::size_t>(of)]; }
  const Kept& kept(StreamClass of) const noexcept { return kept_[static_cast<std::size_t>(of)]; }

  void run() noexcept override { feed(); }

  bool fits(std::size_t messages, std::size_t bytes, std::size_t more_bytes) const noexcept;
  Overflow overflow(StreamClass of) const noexcept { return lane_options_.overflow[static_cast<std::size_t>(of)]; }
  bool enough_keep_up(StreamClass of, std::size_t bytes) const noexcept;

  std::size_t broadcasts_max_;
  std::size_t bytes_max_;
  LaneOptions lane_options_;
  std::array<Kept, all_stream_classes.size()> kept_;
  std::size_t under_way_ = 0;
  std::size_t under_way_peak_ = 0;
  std::size_t bytes_ = 0;
  std::size_t bytes_peak_ = 0;
  std::size_t begun_total_ = 0;
  Event settled_;
};

}  // namespace exocast::detail
