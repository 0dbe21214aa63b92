// SPDX-License-Identifier: Apache-2.0
#include "exocast/asker.h"

#include <cstdint>
#include <utility>

#include "ask/inquiries.h"
#include "ask/inquiry.h"

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

task<std::size_t> Asker::drain(Deadline deadline) {
  const auto inquiries = inquiries_;  // outlives this
  inquiries->close();
  co_return co_await inquiries->idle(deadline);
}

AskerMetrics Asker::metrics() const noexcept {
  return {.questions = inquiries_->under_way(), .questions_refused_total = inquiries_->refused_total};
}

}  // namespace exocast
