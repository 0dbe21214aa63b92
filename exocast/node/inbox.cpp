// SPDX-License-Identifier: Apache-2.0
#include "exocast/node/inbox.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace exocast {

std::unique_ptr<Inbox::Subscription> Inbox::subscribe(std::string name) {
  return std::make_unique<Subscription>(*this, std::move(name));
}

std::expected<void, LinkError> Inbox::accept(const Message& message) {
  for (const Subscription* subscription : subscriptions_) {
    if (subscription->has_room_for(message)) continue;
    ++metrics_.refused_total;
    return std::unexpected(LinkError{
        .code = "RESOURCE_EXHAUSTED",
        .text = fmt::format("the inbox is full: '{}' has not yet taken {} messages of {} bytes", subscription->name_,
                            subscription->queued_messages(), subscription->queued_bytes())});
  }
  for (Subscription* subscription : subscriptions_) subscription->push(message);
  ++metrics_.accepted_total;
  if (subscriptions_.empty()) ++metrics_.unheard_total;
  return {};
}

Inbox::Subscription::Subscription(Inbox& inbox, std::string name) : inbox_(inbox), name_(std::move(name)) {
  inbox_.subscriptions_.push_back(this);
}

Inbox::Subscription::~Subscription() { std::erase(inbox_.subscriptions_, this); }

task<Message> Inbox::Subscription::next() {
  while (queue_.empty()) {
    arrived_.reset();
    co_await arrived_.wait();
  }
  Message message = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= message.bytes();
  co_return message;
}

bool Inbox::Subscription::has_room_for(const Message& message) const noexcept {
  const InboxLimits& limits = inbox_.limits_;
  if (queue_.empty()) return true;
  return queue_.size() < limits.queued_messages && queued_bytes_ + message.bytes() <= limits.queued_bytes;
}

void Inbox::Subscription::push(const Message& message) {
  queue_.push_back(message);
  queued_bytes_ += message.bytes();
  arrived_.set();
}

}  // namespace exocast
