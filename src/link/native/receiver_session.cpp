// SPDX-License-Identifier: Apache-2.0
#include "link/native/receiver_session.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "link/native/receiver_connection.h"

namespace exocast::native {

ReceiverSession::ReceiverSession(NativeReceiver& receiver, std::uint64_t id, std::uint64_t incarnation)
    : receiver_(receiver),
      id_(id),
      incarnation_(incarnation),
      context_{.scheduler = &receiver.scheduler_, .stop = &stop_, .scope = &receiver.scope_} {}

ReceiverSession::~ReceiverSession() {
  if (busy()) --receiver_.metrics_.accepting;
}

void ReceiverSession::handle(Message message) {
  if (receiver_.handler_.accept_now(message)) return count();
  stop_.reset();
  task_ = receiver_.handler_.accept(std::move(message));
  starting_ = true;
  ++receiver_.metrics_.accepting;
  task_.prepare(context_, *this).resume();
  starting_ = false;
  if (!busy()) return;
  receiver_.idle_.reset();
  receiver_.scheduler_.wake_at(*this, receiver_.scheduler_.now() + receiver_.options_.accept_timeout);
}

void ReceiverSession::refuse(Status error) {
  count();
  ++receiver_.metrics_.refused_total;
  refused_.push_back({.number = handled_, .error = {error.code, to_line(error.text)}});
}

void ReceiverSession::settle(std::uint64_t settled) noexcept {
  settled_ = std::max(settled_, settled);
  while (!refused_.empty() && refused_.front().number <= settled_) refused_.pop_front();
}

std::vector<RefusedNumber> ReceiverSession::refused_above(std::uint64_t number) const {
  const auto from = std::ranges::upper_bound(refused_, number, {}, &RefusedNumber::number);
  return {from, refused_.end()};
}

std::coroutine_handle<> ReceiverSession::completed() noexcept {
  if (task_.exception()) return ended(Status::internal("the handler has failed"));
  auto& answer = task_.value();
  if (answer) return ended(std::nullopt);
  return ended(std::move(answer.error()));
}

std::coroutine_handle<> ReceiverSession::stopped() noexcept {
  return ended(Status::deadline_exceeded("not accepted in time"));
}

std::coroutine_handle<> ReceiverSession::ended(std::optional<Status> refusal) noexcept {
  task_.reset();
  --receiver_.metrics_.accepting;
  if (refusal) {
    refuse(*std::move(refusal));
  } else {
    count();
  }
  if (!starting_) {  // later: the caller's code is still running, and has ended the task
    disarm();
    if (!queued()) receiver_.scheduler_.post(*this);
  }
  return std::noop_coroutine();
}

/// The handler takes too long: its task is first stopped, then abandoned.
void ReceiverSession::fired() noexcept {
  if (!stop_.requested()) {
    receiver_.scheduler_.wake_at(*this, receiver_.scheduler_.now() + receiver_.options_.stop_timeout);
    return stop_.request();
  }
  static_cast<void>(stopped());
}

void ReceiverSession::run() noexcept {
  if (receiver_.metrics_.accepting == 0) receiver_.idle_.set();
  if (connection != nullptr) connection->advance();
}

void ReceiverSession::count() noexcept {
  ++handled_;
  ++receiver_.metrics_.handled_total;
}

}  // namespace exocast::native
