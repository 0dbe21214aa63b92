// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/questions.h"

#include <algorithm>
#include <utility>

namespace exocast::swim {

Question& Questions::put(std::uint64_t number, Question question) {
  ++counts_[static_cast<std::size_t>(question.purpose)];
  return asked_.emplace(number, std::move(question)).first->second;
}

Question* Questions::find(std::uint64_t number) noexcept {
  const auto found = asked_.find(number);
  return found == asked_.end() ? nullptr : &found->second;
}

std::optional<Question> Questions::take(std::uint64_t number) {
  const auto found = asked_.find(number);
  if (found == asked_.end()) return std::nullopt;
  Question question = std::move(found->second);
  asked_.erase(found);
  --counts_[static_cast<std::size_t>(question.purpose)];
  if (question.purpose == Question::Purpose::ask) addresses_.erase(question.to);
  return question;
}

std::uint64_t Questions::due(TimePoint now) const noexcept {
  const auto found = std::ranges::find_if(asked_, [&](const auto& entry) { return entry.second.next <= now; });
  return found == asked_.end() ? 0 : found->first;
}

TimePoint Questions::next() const noexcept {
  TimePoint next = TimePoint::max();
  for (const auto& [number, question] : asked_) next = std::min(next, question.next);
  return next;
}

bool Questions::is_under_way(const std::string& id, Question::Purpose purpose) const noexcept {
  return std::ranges::any_of(
      asked_, [&](const auto& entry) { return entry.second.purpose == purpose && entry.second.id == id; });
}

bool Questions::is_probed(const std::string& id) const noexcept { return is_under_way(id, Question::Purpose::probe); }
bool Questions::is_challenged(const std::string& id) const noexcept {
  return is_under_way(id, Question::Purpose::challenge);
}

std::size_t Questions::count(Question::Purpose purpose) const noexcept {
  return counts_[static_cast<std::size_t>(purpose)];
}

bool Questions::wait(Waiting waiting, std::size_t most) {
  if (addresses_.contains(waiting.address)) return true;
  if (line_.size() >= most) return false;
  addresses_.insert(waiting.address);
  line_.push_back(std::move(waiting));
  return true;
}

std::optional<Questions::Waiting> Questions::admit() {
  if (line_.empty() || count(Question::Purpose::ask) >= asks_max) return std::nullopt;
  Waiting waiting = std::move(line_.front());
  line_.pop_front();
  return waiting;
}

}  // namespace exocast::swim
