// SPDX-License-Identifier: Apache-2.0
#include "ask/asking.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "broadcast/by_policy.h"
#include "broadcast/fan_out.h"

namespace exocast::detail {
namespace {

PeerOutcome to_answer(PeerOutcome outcome) noexcept {
  if (outcome == PeerOutcome::delivered) return PeerOutcome::answered;
  return outcome == PeerOutcome::too_large ? PeerOutcome::failed : outcome;
}

}  // namespace

Asking::Asking(std::shared_ptr<BroadcasterState> shared, Question question, AskOptions options)
    : shared_(std::move(shared)),
      to_(shared_->lanes.receivers()),
      question_(std::move(question)),
      options_(std::move(options)),
      begun_(shared_->scheduler.now()),
      deadline_(std::min(options_.deadline, Deadline::after(begun_, options_.timeout))),
      rows_(to_->roster.size()) {
  shared_->asks.add(*this);
  if (options_.stop == nullptr) return;
  options_.stop->requested() ? stop_.request() : options_.stop->add(*this);
}

Asking::~Asking() { shared_->asks.remove(*this); }

task<Answers> Asking::of(std::shared_ptr<BroadcasterState> shared, Question question, AskOptions options) {
  const auto why = shared->asks.no_room();
  const auto asking = std::make_shared<Asking>(std::move(shared), std::move(question), std::move(options));
  if (why) co_return asking->refused(*why);
  const auto gathered = co_await ask_all(asking);
  co_return asking->answers(gathered.satisfied);
}

/// Its callables own the question.
task<Gathered<Unit, DeliveryError>> Asking::ask_all(const std::shared_ptr<Asking>& asking) {
  const AskOptions& options = asking->options_;
  return gather_by(
      options.policy, asking->rows_.size(), [asking](std::size_t index) { return asking->ask(index); },
      {.limit = options.limit, .deadline = asking->deadline_, .tolerated = options.tolerated, .stop = &asking->stop_},
      [asking](std::size_t index, const DeliveryEnd& end) { asking->settled(index, end); });
}

task<Delivery> Asking::ask(std::size_t index) {
  const Destination& to = to_->roster[index];
  if (auto fine = deliverable(to, question_.bytes()); !fine) co_return std::unexpected(std::move(fine.error()));
  rows_[index].asked = true;
  auto answer = co_await to.link->ask(question_, deadline_);
  if (answer) co_return keep(index, *std::move(answer));
  if (answer.error().code == StatusCode::unimplemented)
    co_return std::unexpected(DeliveryError{PeerOutcome::skipped, std::move(answer.error())});
  co_return std::unexpected(
      to_delivery_error(std::move(answer.error()), deadline_, shared_->scheduler.now(), timeout()));
}

std::expected<void, DeliveryError> Asking::keep(std::size_t index, std::string text) {
  if (!shared_->asks.hold(*this, text.size())) {
    return std::unexpected(
        DeliveryError{PeerOutcome::failed,
                      Status::resource_exhausted(fmt::format("answered, but not kept: {} bytes more than this node may hold", text.size()))});
  }
  rows_[index].text = std::move(text);
  return {};
}

void Asking::settled(std::size_t index, const DeliveryEnd& end) noexcept {
  if (closed_ && end.reason() == Reason::cancelled) return settle(index, closing());
  settle(index, describe(end, rows_[index].asked ? Stage::sent : Stage::waiting, timeout()));
}

void Asking::settle(std::size_t index, DeliveryError end) noexcept {
  const Destination& to = to_->roster[index];
  Row& row = rows_[index];
  row.answer = {.peer = to.id,
                .address = to.address,
                .outcome = to_answer(end.outcome),
                .elapsed_ms = to_ms(shared_->scheduler.now() - begun_),
                .text = std::move(row.text),
                .code = std::move(end.error.code),
                .error = std::move(end.error.text)};
  if (options_.on_answer) options_.on_answer(index, row.answer);
}

Answers Asking::answers(bool satisfied) {
  Answers answers{.roster_epoch = to_->roster.epoch(),
                  .elapsed_ms = to_ms(shared_->scheduler.now() - begun_),
                  .policy = to_words(options_.policy, options_.tolerated),
                  .satisfied = satisfied};
  answers.question = question_.name();
  if (!deadline_.is_never()) answers.deadline_ms = to_ms(timeout());
  answers.outcomes.reserve(rows_.size());
  for (Row& row : rows_) answers.outcomes.push_back(std::move(row.answer));
  return answers;
}

Answers Asking::refused(const DeliveryError& why) {
  ++shared_->asks.refused_total;
  for (std::size_t index = 0; index < rows_.size(); ++index) settle(index, why);
  return answers(rows_.empty() && options_.policy.policy().enough == all_items);
}

void Asking::close() noexcept {
  closed_ = true;
  if (!queued()) shared_->scheduler.post(*this);  // whoever waits goes on later, not inside this call
}

}  // namespace exocast::detail
