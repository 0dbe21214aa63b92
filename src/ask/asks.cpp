// SPDX-License-Identifier: Apache-2.0
#include "ask/asks.h"

#include <fmt/format.h>

namespace exocast::detail {

std::optional<DeliveryError> Asks::no_room() const {
  if (closed_) return closed_;
  if (under_way_ < limits_.questions) return std::nullopt;
  return skipped(StatusCode::resource_exhausted,
                 fmt::format("not asked: {} questions are under way, the most at once", limits_.questions));
}

void Asks::add(Member& asking) noexcept {
  all_.push_back(asking);
  ++under_way_;
}

void Asks::remove(Member& asking) noexcept {
  asking.unlink();
  --under_way_;
  bytes_ -= asking.held_bytes_;
  ended_.set();
}

bool Asks::hold(Member& asking, std::size_t bytes) noexcept {
  if (bytes_ + bytes > limits_.answer_bytes) return false;
  bytes_ += bytes;
  asking.held_bytes_ += bytes;
  return true;
}

void Asks::close(const DeliveryError& why) noexcept {
  closed_ = why;
  while (Member* asking = all_.pop_front()) asking->close();
}

task<std::size_t> Asks::idle(Deadline deadline, const Scheduler& scheduler) {
  while (under_way_ > 0 && !deadline.passed(scheduler.now())) {
    ended_.reset();
    co_await ended_.wait(deadline);
  }
  co_return under_way_;
}

}  // namespace exocast::detail
