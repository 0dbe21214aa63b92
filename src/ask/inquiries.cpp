// SPDX-License-Identifier: Apache-2.0
#include "ask/inquiries.h"

#include <cassert>

#include <fmt/format.h>

namespace exocast::detail {

DeliveryError Inquiries::closing() {
  return {PeerOutcome::cancelled, Status::cancelled("cancelled: the asker was closed")};
}

std::optional<DeliveryError> Inquiries::no_room() const {
  if (closed_) return closing();
  if (under_way_ < limits_.questions) return std::nullopt;
  return skipped(StatusCode::resource_exhausted,
                 fmt::format("not asked: {} questions are under way, the most at once", limits_.questions));
}

void Inquiries::add(Member& inquiry) noexcept {
  assert(!inquiry.linked());
  open_.push_back(inquiry);
  ++under_way_;
}

void Inquiries::remove(Member& inquiry) noexcept {
  assert(under_way_ > 0 && bytes_ >= inquiry.held_bytes_);
  inquiry.unlink();
  --under_way_;
  bytes_ -= inquiry.held_bytes_;
  ended_.set();
}

bool Inquiries::hold(Member& inquiry, std::size_t bytes) noexcept {
  if (bytes_ + bytes > limits_.answer_bytes) return false;
  bytes_ += bytes;
  inquiry.held_bytes_ += bytes;
  return true;
}

void Inquiries::close() noexcept {
  closed_ = true;
  while (Member* inquiry = open_.pop_front()) inquiry->close();
}

task<std::size_t> Inquiries::idle(Deadline deadline) {
  while (under_way_ > 0 && !deadline.passed(scheduler_.now())) {
    ended_.reset();
    co_await ended_.wait(deadline);
  }
  co_return under_way_;
}

}  // namespace exocast::detail
