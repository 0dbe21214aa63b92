// SPDX-License-Identifier: Apache-2.0
#include "broadcast/log_teller.h"

namespace exocast::detail {

void LogTeller::left(const Log& log, std::uint64_t position, bool lost) {
  if (lost) progress_->add_incomplete({position, position});
  progress_->settle(log.settled());
  if (!armed()) scheduler_.wake_at(*this, scheduler_.now() + within);
}

void LogTeller::published() noexcept {
  if (armed()) scheduler_.wake_at(*this, scheduler_.now() + within);
}

void LogTeller::tell_now() noexcept {
  if (!armed()) return;
  disarm();
  fired();
}

void LogTeller::fired() noexcept {
  for (const auto& lane : lanes_.receivers()->lanes) {
    if (const auto& link = lane->destination().link) link->tell(*progress_);
  }
}

}  // namespace exocast::detail
