// SPDX-License-Identifier: Apache-2.0
#include "exocast/log_progress.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

namespace exocast {

std::string_view to_string(Stability stability) noexcept {
  static constexpr std::array<std::string_view, 4> names = {"yes", "not_yet", "no", "unknown"};
  const auto index = static_cast<std::size_t>(std::to_underlying(stability));
  return index < names.size() ? names[index] : "unknown";
}

void LogProgress::add_incomplete(PositionRange range) {
  assert(1 <= range.first && range.first <= range.last);
  if (range.last <= forgotten_) return;
  range.first = std::max(range.first, forgotten_ + 1);
  // Those that overlap it or are adjacent become one with it; usually that is none, or the last.
  const auto from =
      std::ranges::lower_bound(ranges_, range.first - 1, {}, [](const PositionRange& one) { return one.last; });
  auto to = from;
  for (; to != ranges_.end() && to->first - 1 <= range.last; ++to) {
    range = {std::min(range.first, to->first), std::max(range.last, to->last)};
  }
  if (from == to) {
    ranges_.insert(from, range);
  } else {
    *from = range;
    ranges_.erase(from + 1, to);
  }
  if (ranges_.size() <= ranges_max) return;
  forgotten_ = ranges_.front().last;
  ranges_.erase(ranges_.begin());
}

void LogProgress::add(const LogNews& news) {
  if (news.after > settled_) forgotten_ = std::max(forgotten_, news.after);
  for (const PositionRange& range : news.incomplete) add_incomplete(range);
  settle(news.settled);
}

LogNews LogProgress::news(std::uint64_t after) const {
  after = std::max(after, forgotten_);
  const auto from = std::ranges::upper_bound(ranges_, after, {}, [](const PositionRange& one) { return one.last; });
  return {.log = log_,
          .stream_class = stream_class_,
          .after = after,
          .settled = settled_,
          .incomplete = {from, ranges_.end()}};
}

Stability LogProgress::stability(std::uint64_t position) const noexcept {
  const auto range = std::ranges::lower_bound(ranges_, position, {}, [](const PositionRange& one) { return one.last; });
  if (range != ranges_.end() && range->first <= position) return Stability::no;
  if (position <= forgotten_) return Stability::unknown;
  return position <= settled_ ? Stability::yes : Stability::not_yet;
}

}  // namespace exocast
