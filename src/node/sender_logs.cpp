// SPDX-License-Identifier: Apache-2.0
#include "exocast/sender_logs.h"

#include <algorithm>
#include <cassert>
#include <iterator>
#include <utility>

#include "exocast/gather/wait.h"

namespace exocast {

SenderLogs::SenderLogs(std::size_t logs_max)
    : logs_max_(logs_max), sender_logs_max_(std::max(logs_max / 16, all_stream_classes.size())) {
  assert(logs_max >= 1);
}

void SenderLogs::add(std::string_view sender, const LogNews& news) {
  const Key key{.log = news.log, .stream_class = news.stream_class};
  const auto known = places_.find(key);
  if (known != places_.end()) {
    if (known->second->sender != sender) return;  // no node speaks for another one
    logs_.splice(logs_.end(), logs_, known->second);
  } else {
    logs_.push_back({.key = key, .sender = std::string(sender), .progress = {news.log, news.stream_class}});
    places_.emplace(key, std::prev(logs_.end()));
    ++counts_[logs_.back().sender];
    make_room(logs_.back().sender);
    metrics_.logs = logs_.size();
  }
  logs_.back().progress.add(news);
  changed_.set();
}

/// Forgets the oldest log if there are too many. A sender that opens one after another pushes out its own only.
void SenderLogs::make_room(const std::string& sender) {
  const bool too_many_of_it = counts_[sender] > sender_logs_max_;
  if (!too_many_of_it && logs_.size() <= logs_max_) return;
  const auto oldest = too_many_of_it ? std::ranges::find(logs_, sender, &SenderLog::sender) : logs_.begin();
  const auto count = counts_.find(oldest->sender);
  if (--count->second == 0) counts_.erase(count);
  places_.erase(oldest->key);
  logs_.erase(oldest);
  ++metrics_.forgotten_total;
}

const SenderLogs::SenderLog* SenderLogs::find(const Origin& origin) const noexcept {
  const auto found = places_.find({.log = origin.log, .stream_class = origin.stream_class});
  return found != places_.end() ? &*found->second : nullptr;
}

Stability SenderLogs::stability(const Origin& origin) const noexcept {
  const SenderLog* log = origin ? find(origin) : nullptr;
  return log != nullptr ? log->progress.stability(origin.position) : Stability::unknown;
}

std::string_view SenderLogs::sender(const Origin& origin) const noexcept {
  const SenderLog* log = find(origin);
  return log != nullptr ? std::string_view(log->sender) : std::string_view();
}

task<Stability> SenderLogs::until_stable(Origin origin, Deadline deadline) {
  const Scheduler& scheduler = *(co_await this_context()).scheduler;
  while (stability(origin) == Stability::not_yet && !deadline.passed(scheduler.now())) co_await changed(deadline);
  co_return stability(origin);
}

}  // namespace exocast
