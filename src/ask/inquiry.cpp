// SPDX-License-Identifier: Apache-2.0
#include "ask/inquiry.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "broadcast/by_policy.h"

namespace exocast::detail {
namespace {

PeerOutcome to_answer(PeerOutcome outcome) noexcept {
  if (outcome == PeerOutcome::delivered) return PeerOutcome::answered;
  return outcome == PeerOutcome::too_large ? PeerOutcome::failed : outcome;
}

}  // namespace

Inquiry::Inquiry(std::shared_ptr<Inquiries> all, Roster to, Question question, AskOptions options)
    : all_(std::move(all)),
      to_(std::move(to)),
      question_(std::move(question)),
      options_(std::move(options)),
      begun_(all_->scheduler().now()),
      deadline_(std::min(options_.deadline, Deadline::after(begun_, options_.timeout))),
      rows_(to_.size()) {
  all_->add(*this);
  if (options_.stop == nullptr) return;
  options_.stop->requested() ? stop_.request() : options_.stop->add(*this);
}

Inquiry::~Inquiry() { all_->remove(*this); }

task<Answers> Inquiry::run(std::shared_ptr<Inquiries> all, Roster to, Question question, AskOptions options) {
  const auto why = all->no_room();
  const auto inquiry =
      std::make_shared<Inquiry>(std::move(all), std::move(to), std::move(question), std::move(options));
  if (why) co_return inquiry->refused(*why);
  const auto gathered = co_await ask_all(inquiry);
  co_return inquiry->answers(gathered.satisfied);
}

/// Its callables own the question.
task<Gathered<Unit, DeliveryError>> Inquiry::ask_all(const std::shared_ptr<Inquiry>& inquiry) {
  const AskOptions& options = inquiry->options_;
  return gather_by(
      options.policy, inquiry->rows_.size(), [inquiry](std::size_t index) { return inquiry->ask(index); },
      {.limit = options.limit, .deadline = inquiry->deadline_, .tolerated = options.tolerated, .stop = &inquiry->stop_},
      [inquiry](std::size_t index, const DeliveryEnd& end) { inquiry->settled(index, end); });
}

task<Delivery> Inquiry::ask(std::size_t index) {
  const Destination& to = to_[index];
  if (auto fine = deliverable(to, question_.bytes()); !fine) co_return std::unexpected(std::move(fine.error()));
  rows_[index].asked = true;
  auto answer = co_await to.link->ask(question_, deadline_);
  if (answer) co_return keep(index, *std::move(answer));
  if (answer.error().code == StatusCode::unimplemented)
    co_return std::unexpected(DeliveryError{PeerOutcome::skipped, std::move(answer.error())});
  co_return std::unexpected(
      to_delivery_error(std::move(answer.error()), deadline_, all_->scheduler().now(), timeout()));
}

std::expected<void, DeliveryError> Inquiry::keep(std::size_t index, std::string text) {
  if (!all_->hold(*this, text.size())) {
    return std::unexpected(DeliveryError{
        PeerOutcome::failed, Status::resource_exhausted(fmt::format(
                                 "answered, but not kept: no room for {} bytes more of answers", text.size()))});
  }
  rows_[index].text = std::move(text);
  return {};
}

void Inquiry::settled(std::size_t index, const DeliveryEnd& end) noexcept {
  if (closed_ && end.reason() == Reason::cancelled) return settle(index, Inquiries::closing());
  settle(index, describe(end, rows_[index].asked ? Stage::sent : Stage::waiting, timeout()));
}

void Inquiry::settle(std::size_t index, DeliveryError end) noexcept {
  const Destination& to = to_[index];
  Row& row = rows_[index];
  row.answer = {.peer = to.id,
                .address = to.address,
                .outcome = to_answer(end.outcome),
                .elapsed_ms = to_ms(all_->scheduler().now() - begun_),
                .text = std::move(row.text),
                .code = end.error.code,
                .error = std::move(end.error.text)};
  if (options_.on_answer) options_.on_answer(index, row.answer);
}

Answers Inquiry::answers(bool satisfied) {
  Answers answers{.roster_epoch = to_.epoch(),
                  .elapsed_ms = to_ms(all_->scheduler().now() - begun_),
                  .policy = to_words(options_.policy, options_.tolerated),
                  .satisfied = satisfied};
  answers.question = question_.name();
  if (!deadline_.is_never()) answers.deadline_ms = to_ms(timeout());
  answers.outcomes.reserve(rows_.size());
  for (Row& row : rows_) answers.outcomes.push_back(std::move(row.answer));
  return answers;
}

Answers Inquiry::refused(const DeliveryError& why) {
  ++all_->refused_total;
  for (std::size_t index = 0; index < rows_.size(); ++index) settle(index, why);
  return answers(rows_.empty() && options_.policy.policy().enough == all_items);
}

void Inquiry::close() noexcept {
  closed_ = true;
  if (!queued()) all_->scheduler().post(*this);  // resume the waiting task later, not inside this call
}

}  // namespace exocast::detail
