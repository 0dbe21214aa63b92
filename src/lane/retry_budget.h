// SPDX-License-Identifier: Apache-2.0
#pragma once
// RetryBudget: whether one more retry to a peer is affordable. A token bucket, so that retries cannot multiply the
// load of a peer that fails because of its load.
//
// The rule is gRPC's retry throttling (proposal A6,
// https://github.com/grpc/proposal/blob/master/A6-client-retries.md): a bucket of 10 tokens, full at first; a success
// gives 0.1 back, up to the maximum; retries are allowed only while it is more than half full. One difference: A6
// takes a token for each failure, this class for each scheduled retry. A failure that is not retried causes no load,
// so the bound is exact:
//   retries <= 5 at once + one for every 10 successes.
// Counted in whole thousandths of a token, so there is no rounding error. A plain value; one thread.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "exocast/lane_options.h"

namespace exocast {

class RetryBudget {
 public:
  explicit constexpr RetryBudget(const RetryBudgetLimits& limits = {}) noexcept
      : max_(std::clamp(limits.tokens_max, 2U, 1000U) * per_token),
        per_success_(std::min(limits.per_success_millitokens, max_)) {
    metrics_.millitokens = max_;
  }

  /// Whether a retry is affordable now.
  constexpr bool allows() const noexcept { return metrics_.millitokens > max_ / 2; }

  /// Takes the token for one retry. False if it is not affordable: then do not retry; the last error is the outcome.
  [[nodiscard]] constexpr bool try_schedule() noexcept {
    if (!allows()) {
      ++metrics_.refused_total;
      return false;
    }
    assert(metrics_.millitokens >= per_token);  // more than half is left, and half is at least one token
    metrics_.millitokens -= per_token;
    ++metrics_.scheduled_total;
    return true;
  }

  /// The peer has accepted `count` messages. A refusal changes nothing, as in A6.
  constexpr void succeeded(std::size_t count = 1) noexcept {
    assert(metrics_.millitokens <= max_);
    const std::uint32_t missing = max_ - metrics_.millitokens;
    const bool fills = per_success_ != 0 && count >= (missing + per_success_ - 1) / per_success_;
    metrics_.millitokens += fills ? missing : static_cast<std::uint32_t>(count) * per_success_;
  }

  constexpr const RetryBudgetMetrics& metrics() const noexcept { return metrics_; }

 private:
  static constexpr std::uint32_t per_token = 1000;

  std::uint32_t max_;  // in thousandths, like all amounts here
  std::uint32_t per_success_;
  RetryBudgetMetrics metrics_;
};

}  // namespace exocast
