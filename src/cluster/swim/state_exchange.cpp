// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/state_exchange.h"

#include <algorithm>
#include <cassert>
#include <chrono>

namespace exocast::swim {
namespace {

using namespace std::chrono_literals;

constexpr Duration between_starts = 200ms;
constexpr std::size_t queue_max = 8;
constexpr Duration request_timeout = 200ms;
constexpr std::size_t requests_max = 8;

}  // namespace

std::uint64_t StateExchange::draw_number() {
  std::uint64_t number = 0;
  while (number == 0) number = random_();
  return number;
}

void StateExchange::start(const MemberRecord& with, bool mutual) {
  assert(!with.member.id.empty());
  if (with_.empty() && scheduler_.now() >= started_ + between_starts) {
    started_ = scheduler_.now();
    ++metrics_.syncs;
    with_ = with.member.id;
    after_.clear();
    number_ = draw_number();
    tries_ = 0;
    mutual_ = mutual;
    return request();
  }
  if (queue_.size() == queue_max) queue_.pop_front();
  queue_.emplace_back(with.member.id, mutual);
}

void StateExchange::start_with_random() {
  const auto& live = table_.live();
  if (!live.empty()) start(*live[random_.below(live.size())], false);
}

void StateExchange::start_queued() {
  if (queue_.empty() || !with_.empty()) return;
  const auto [id, mutual] = std::move(queue_.front());
  queue_.pop_front();
  if (const MemberRecord* record = table_.find(id); record != nullptr && record->live()) start(*record, mutual);
}

void StateExchange::retry_if_due() {
  if (scheduler_.now() >= next()) request();
}

void StateExchange::request() {
  const MemberRecord* with = table_.find(with_);
  if (with == nullptr || !with->live() || tries_++ == requests_max) return stop();
  next_ = scheduler_.now() + std::max(request_timeout, awareness_.round_trip().timeout());
  gossip_.send(*with, {.kind = DatagramKind::sync_request, .number = number_, .introduce = mutual_, .after = after_});
}

void StateExchange::receive(const Datagram& part) {
  if (with_ != part.sender.id || number_ != part.number) return;
  // An empty `next` marks the last part. One that does not advance would never end.
  if (part.next <= after_) return stop();
  after_ = part.next;
  number_ = draw_number();
  tries_ = 0;
  mutual_ = false;
  request();
}

}  // namespace exocast::swim
