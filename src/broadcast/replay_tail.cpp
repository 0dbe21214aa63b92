// SPDX-License-Identifier: Apache-2.0
#include "broadcast/replay_tail.h"

#include <cassert>
#include <iterator>

namespace exocast::detail {

bool ReplayTail::is_newest_of_key(Messages::iterator at) const {
  const auto newest = newest_.find(at->second.key);
  return newest != newest_.end() && newest->second == at->first;
}

void ReplayTail::add(std::uint64_t position, const Message& message, std::string_view key) {
  assert(is_on() && (kept_.empty() || position > std::prev(kept_.end())->first));
  if (!key.empty()) forget_key(key);
  if (message.bytes() + key.size() > limits_.bytes) return;
  const auto at = kept_.emplace_hint(kept_.end(), position, Kept{message, std::string(key)});
  bytes_ += at->second.bytes();
  if (!key.empty()) newest_.emplace(key, position);
  if (last_count_++ == 0) last_ = at;
  if (last_count_ > limits_.messages) {
    const auto leaves = last_++;
    --last_count_;
    if (!is_newest_of_key(leaves)) forget(leaves);
  }
  while (kept_.size() - last_count_ > limits_.keys || bytes_ > limits_.bytes) forget_oldest();
}

/// There is a newer message with this key. The older one stays only as one of the last messages.
void ReplayTail::forget_key(std::string_view key) {
  const auto newest = newest_.find(std::string(key));
  if (newest == newest_.end()) return;
  const auto at = kept_.find(newest->second);
  newest_.erase(newest);
  if (last_count_ == 0 || at->first < last_->first) forget(at);
}

void ReplayTail::forget(Messages::iterator at) {
  bytes_ -= at->second.bytes();
  if (is_newest_of_key(at)) newest_.erase(at->second.key);
  kept_.erase(at);
}

void ReplayTail::forget_oldest() {
  const auto oldest = kept_.begin();
  if (last_count_ > 0 && oldest == last_) {
    ++last_;
    --last_count_;
  }
  forget(oldest);
}

std::vector<Replayed> ReplayTail::after(std::uint64_t after, Origin of) const {
  std::vector<Replayed> messages;
  for (auto at = kept_.upper_bound(after); at != kept_.end(); ++at) {
    of.position = at->first;
    messages.push_back({at->second.message, of});
  }
  return messages;
}

}  // namespace exocast::detail
