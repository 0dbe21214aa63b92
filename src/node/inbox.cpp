// SPDX-License-Identifier: Apache-2.0
#include "exocast/inbox.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace exocast {

std::unique_ptr<Inbox::Subscription> Inbox::subscribe(std::string name, SubscriptionOptions options) {
  return std::make_unique<Subscription>(*this, std::move(name), std::move(options));
}

const Inbox::Subscription* Inbox::full_for(const Message& message) const noexcept {
  const auto full = std::ranges::find_if(
      subscriptions_, [&](const Subscription* subscription) { return !subscription->takes(message); });
  return full != subscriptions_.end() ? *full : nullptr;
}

bool Inbox::take(const Message& message, const Origin& origin) {
  if (full_for(message) != nullptr) return false;
  give(message, origin);
  return true;
}

/// The last subscription gets the message itself, the others copies.
void Inbox::give(Message message, const Origin& origin) {
  ++metrics_.accepted_total;
  if (subscriptions_.empty()) {
    ++metrics_.unheard_total;
    return;
  }
  const std::size_t last = subscriptions_.size() - 1;
  for (std::size_t at = 0; at < last; ++at) subscriptions_[at]->push(message, origin);
  subscriptions_[last]->push(std::move(message), origin);
}

Status Inbox::refuse(const Message& message) {
  ++metrics_.refused_total;
  const Subscription* full = full_for(message);
  // No subscription is full for this message: it waited behind others, which a subscription with hold_back is full
  // for.
  if (full == nullptr) {
    full = *std::ranges::find(subscriptions_, WhenFull::hold_back,
                              [](const auto* one) { return one->options_.when_full; });
  }
  return Status::resource_exhausted(fmt::format("the inbox is full: '{}' has not yet taken {} messages of {} bytes",
                                                full->name_, full->queued_messages(), full->queued_bytes()));
}

std::expected<void, Status> Inbox::accept(const Message& message, const Origin& origin) {
  if (waiting_.empty() && take(message, origin)) return {};
  return std::unexpected(refuse(message));
}

bool Inbox::accept_now(Message& message, const Origin& origin) {
  if (!waiting_.empty() || full_for(message) != nullptr) return false;
  give(std::move(message), origin);
  return true;
}

void Inbox::missed(std::uint64_t messages) noexcept {
  metrics_.unsent_total += messages;
  for (Subscription* subscription : subscriptions_) subscription->missed_before_next_ += messages;
}

std::size_t Inbox::queued_messages_most() const noexcept {
  std::size_t most = 0;
  for (const Subscription* subscription : subscriptions_) most = std::max(most, subscription->queued_messages());
  return most;
}

Inbox::Accepting Inbox::accept_soon(const Message& message, const Origin& origin) noexcept {
  return {*this, message, origin};
}

/// Gives free room to waiting messages, in order.
void Inbox::take_waiting() {
  while (auto* first = static_cast<Accepting*>(waiting_.front())) {
    if (!take(first->message_, first->origin_)) return;
    waiting_.pop_front();
    first->taken_ = true;
    first->go_on();
  }
}

bool Inbox::Accepting::await_ready() {
  taken_ = inbox_.waiting_.empty() && inbox_.take(message_, origin_);
  if (!taken_ && inbox_.limits_.patience <= Duration::zero()) refusal_ = inbox_.refuse(message_);
  return taken_ || refusal_;
}

void Inbox::Accepting::begin() noexcept {
  waiting_ = true;
  ++inbox_.metrics_.waited_total;
  ++inbox_.metrics_.waiting;
  inbox_.waiting_.push_back(*this);
  Scheduler& scheduler = *context().scheduler;
  scheduler.wake_at(*this, Deadline::after(scheduler.now(), inbox_.limits_.patience).time());
}

void Inbox::Accepting::end() noexcept {
  if (std::exchange(waiting_, false)) --inbox_.metrics_.waiting;
}

void Inbox::Accepting::go_on() noexcept {
  end();
  disarm();
  context().scheduler->post(*this);
}

void Inbox::Accepting::run() noexcept { resume(); }

void Inbox::Accepting::fired() noexcept {
  unqueue();
  refusal_ = inbox_.refuse(message_);
  go_on();
  inbox_.take_waiting();  // the next one may have room
}

/// A message that was already taken counts.
void Inbox::Accepting::on_stop() noexcept {
  if (taken_) return;
  unqueue();
  Inbox& inbox = inbox_;
  stop().resume();  // destroys this
  inbox.take_waiting();
}

std::expected<void, Status> Inbox::Accepting::await_resume() {
  if (taken_) return {};
  return std::unexpected(*std::move(refusal_));
}

Inbox::Accepting::~Accepting() { end(); }

Inbox::Subscription::Subscription(Inbox& inbox, std::string name, SubscriptionOptions options)
    : inbox_(inbox), name_(std::move(name)), options_(std::move(options)) {
  inbox_.subscriptions_.push_back(this);
}

Inbox::Subscription::~Subscription() {
  std::erase(inbox_.subscriptions_, this);
  inbox_.take_waiting();
}

task<void> Inbox::Subscription::ready() {
  while (queue_.empty()) {
    arrived_.reset();
    co_await arrived_.wait();
  }
}

task<Message> Inbox::Subscription::next() {
  while (queue_.empty()) {
    arrived_.reset();
    co_await arrived_.wait();
  }
  co_return *next_now();
}

std::optional<Message> Inbox::Subscription::next_now() {
  if (queue_.empty()) return std::nullopt;
  Queued first = pop();
  origin_ = first.origin;
  inbox_.take_waiting();
  return std::move(first.message);
}

Inbox::Subscription::Queued Inbox::Subscription::pop() {
  Queued first = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= first.message.bytes();
  missed_ += first.missed;
  return first;
}

/// Whether it would not hold `message` back.
bool Inbox::Subscription::takes(const Message& message) const noexcept {
  return options_.when_full == WhenFull::miss || !options_.wants(message) || has_room_for(message);
}

bool SubscriptionOptions::wants(const Message& message) const noexcept {
  if (topic && (message.kind() != MessageKind::data || *topic != message.topic())) return false;
  return !request_id || *request_id == message.request_id();
}

bool Inbox::Subscription::has_room_for(const Message& message) const noexcept {
  const InboxLimits& limits = inbox_.limits_;
  if (queue_.empty()) return true;
  return queue_.size() < limits.queued_messages && queued_bytes_ + message.bytes() <= limits.queued_bytes;
}

void Inbox::Subscription::push(Message message, const Origin& origin) {
  if (!options_.wants(message)) return;
  while (!has_room_for(message)) {
    pop();
    ++missed_;
    ++inbox_.metrics_.missed_total;
  }
  queued_bytes_ += message.bytes();
  queue_.push_back({std::move(message), std::exchange(missed_before_next_, 0), origin});
  arrived_.set();
}

}  // namespace exocast
