// SPDX-License-Identifier: Apache-2.0
#pragma once
// LogTeller: keeps how far one log is settled, and has the links tell the receivers.
//
// Batches tell it by the way. If none is published for `within`, the links tell it alone. Nothing is sent while nothing
// is settled. Threading: that of the scheduler. Lifetime: scheduler and lanes outlive it; links share the progress.

#include <chrono>
#include <memory>

#include "broadcast/active_roster.h"
#include "exocast/log_progress.h"

namespace exocast::detail {

class LogTeller final : private Timer {
 public:
  /// From a message that is settled until the receivers are told.
  static constexpr Duration within = std::chrono::milliseconds(20);

  /// Of the log of class `of`, with the random id `log`.
  LogTeller(Scheduler& scheduler, const RosterLanes& lanes, std::uint64_t log, StreamClass of)
      : scheduler_(scheduler), lanes_(lanes), progress_(std::make_shared<LogProgress>(log, of)) {}

  /// The links refer to it while they deliver messages of the log, and keep it.
  const LogProgress& progress() const noexcept { return *progress_; }

  /// The message at `position` has left `log`; if `lost`, a receiver that has not left did not accept it.
  void left(const Log& log, std::uint64_t position, bool lost);

  /// Tells what there is to tell without waiting longer: the links are about to close.
  void tell_now() noexcept;

  /// Batches that tell it are about to be sent.
  void published() noexcept;

 private:
  void fired() noexcept override;

  Scheduler& scheduler_;
  const RosterLanes& lanes_;
  std::shared_ptr<LogProgress> progress_;
};

}  // namespace exocast::detail
