// SPDX-License-Identifier: Apache-2.0
#include "exocast/asker.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "ask/inquiries.h"
#include "ask/inquiry.h"
#include "base/text.h"

namespace exocast {
namespace {

constexpr MetricName questions = {"questions", "Questions under way."};
constexpr MetricName questions_refused_total = {"questions_refused_total",
                                                "Questions refused because too many were under way."};

}  // namespace

Asker::Asker(Scheduler& scheduler, const Broadcaster& broadcaster, const AskLimits& limits, Metrics* metrics)
    : broadcaster_(broadcaster), inquiries_(std::make_shared<detail::Inquiries>(scheduler, limits)) {
  if (metrics == nullptr) return;
  const detail::Inquiries& all = *inquiries_;
  series_.push_back(metrics->gauge(questions, {}, [&all] { return static_cast<double>(all.under_way()); }));
  series_.push_back(metrics->counter(questions_refused_total, {}, [&all] { return std::uint64_t{all.refused_total}; }));
}

Asker::~Asker() { inquiries_->close(); }

task<Answers> Asker::ask(Question question, AskOptions options) {
  return detail::Inquiry::run(inquiries_, broadcaster_.roster(), std::move(question), std::move(options));
}

task<PeerAnswer> Asker::ask_one(std::string peer, Question question, AskOptions options) {
  const Roster roster = broadcaster_.roster();
  const auto to = std::ranges::find(roster, peer, &Destination::id);
  if (to == roster.end()) {
    Status why = Status::not_found(fmt::format("there is no peer '{}'", to_line(peer, 100)));
    co_return PeerAnswer{
        .peer = std::move(peer), .outcome = PeerOutcome::skipped, .code = why.code, .error = std::move(why.text)};
  }
  options.policy = DeliveryPolicy::all();
  Answers answers =
      co_await detail::Inquiry::run(inquiries_, *Roster::make({*to}), std::move(question), std::move(options));
  co_return std::move(answers.outcomes.front());
}

task<std::size_t> Asker::drain(Deadline deadline) {
  const auto inquiries = inquiries_;  // outlives this
  inquiries->close();
  co_return co_await inquiries->idle(deadline);
}

AskerMetrics Asker::metrics() const noexcept {
  return {.questions = inquiries_->under_way(), .questions_refused_total = inquiries_->refused_total};
}

}  // namespace exocast
