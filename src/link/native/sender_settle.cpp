// SPDX-License-Identifier: Apache-2.0
// The part of SenderSession that ends deliveries.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "link/native/sender_session.h"

namespace exocast::native {

/// The peer has answered all messages up to `handled`. False if that number is invalid.
bool SenderSession::settle(std::uint64_t handled, std::vector<RefusedNumber>& refused) {
  if (handled >= next_number_) return false;
  if (handled <= settled_) return true;  // a repetition
  auto sent = sent_.begin();
  for (RefusedNumber& refusal : refused) {
    if (refusal.number > handled) return false;
    if (refusal.number <= settled_) continue;
    while (sent->last() < refusal.number) ++sent;
    if (refusal.number < sent->first) return false;  // not in order
    if (sent->delivery != nullptr) sent->delivery->refuse(refusal.number, std::move(refusal.error));
  }
  settled_ = handled;
  while (!sent_.empty() && sent_.front().last() <= handled) {
    if (sent_.front().delivery != nullptr) sent_.front().delivery->answer();
    forget(sent_.front());
    sent_.pop_front();
  }
  if (!sent_.empty() && sent_.front().first <= handled && sent_.front().delivery != nullptr) {
    sent_.front().delivery->answer_some();
  }
  return true;
}

/// The peer will not handle what it has not answered by now. A caller that resends it keeps the order only if nothing
/// that came after it is sent before: so waiting batches end, too.
void SenderSession::end_unsettled(const Status& error, std::string_view note_if_written) {
  bool some = false;
  for (const Sent& sent : sent_) {
    const std::string_view note = sent.written ? note_if_written : std::string_view();
    some = some || sent.delivery != nullptr;
    if (sent.delivery != nullptr) sent.delivery->lose(sent.delivery->answered(), error, true, note);
    forget(sent);
  }
  sent_.clear();
  if (some) end_waiting(error);
}

void SenderSession::forget(const Sent& sent) noexcept {
  sent_messages_ -= sent.messages;
  sent_bytes_ -= sent.bytes;
  metrics_.unacked_messages -= sent.messages;
  metrics_.unacked_bytes -= sent.bytes;
}

void SenderSession::end_waiting(const Status& error) {
  while (waiting_count_ > 0) static_cast<PendingBatch&>(*waiting_.front()).lose(0, error, true);
}

/// The peer could not be reached in time again.
void SenderSession::fired() noexcept {
  for (const Sent& sent : sent_) {
    if (sent.delivery != nullptr) sent.delivery->lose(sent.delivery->answered(), last_error_, !sent.written);
  }
  end_waiting(last_error_);
}

void SenderSession::PendingBatch::refuse(std::uint64_t number, Status error) {
  const auto index = static_cast<std::size_t>(number - sent_->first);
  if (!session_.carries(*batch_[index])) {
    error = Status::unimplemented(fmt::format(
        "not sent: the peer speaks version {} of the protocol, and data needs version {}: update its exocast",
        session_.version_, data_version));
  }
  end_.refused.push_back({.index = index, .error = std::move(error)});
}

void SenderSession::PendingBatch::fail(std::size_t answered, Status error, bool resendable, std::string_view note) {
  end_.broken = std::move(error);
  end_.resendable = resendable;
  end_.note = note;
  end(answered);
}

void SenderSession::PendingBatch::lose(std::size_t answered, const Status& error, bool resendable,
                                       std::string_view note) {
  fail(answered, error, resendable, note);
  if (!resendable) return;
  state_ = State::untold;
  ++session_.untold_;
}

void SenderSession::PendingBatch::end(std::size_t answered) noexcept {
  end_.answered = answered;
  detach();
  disarm();
  if (!queued()) session_.scheduler_.post(*this);
}

void SenderSession::PendingBatch::detach() noexcept {
  const State was = std::exchange(state_, State::ended);
  if (was == State::untold) --session_.untold_;
  if (was == State::idle || was == State::ended || was == State::untold) return;
  --session_.live_;
  if (was == State::sent) std::exchange(sent_, nullptr)->delivery = nullptr;
  if (was == State::waiting) {
    unqueue();
    --session_.waiting_count_;
    --session_.metrics_.waiting;
  }
}

/// The deadline has come. An answer that arrives in the same turn of the loop still counts.
void SenderSession::PendingBatch::fired() noexcept {
  if (state_ == State::waiting) {
    return fail(0, Status::deadline_exceeded("not sent by the deadline"), true);
  }
  if (!queued()) session_.scheduler_.post(*this);
}

void SenderSession::PendingBatch::run() noexcept {
  if (state_ == State::sent) {
    fail(answered(), Status::deadline_exceeded("no answer by the deadline"), false);
    unqueue();
  }
  detach();
  resume();
}

std::size_t SenderSession::PendingBatch::answered() const noexcept {
  const std::uint64_t before = sent_->first - 1;
  return session_.settled_ <= before
             ? 0
             : static_cast<std::size_t>(std::min<std::uint64_t>(session_.settled_ - before, batch_.size()));
}

}  // namespace exocast::native
