// SPDX-License-Identifier: Apache-2.0
#pragma once
// settle: makes the outcome of a completed task. One thread.

#include "exocast/gather/outcome.h"
#include "exocast/gather/task.h"

namespace exocast::detail {

template <class Result>
[[gnu::always_inline]] inline void settle(OutcomeOf<Result>& outcome, task<Result>& completed) {
  if (completed.exception()) {
    outcome.set_exception(std::move(completed.exception()));
  } else {
    OutcomeTraits<Result>::set(outcome, std::move(completed.value()));
  }
}

}  // namespace exocast::detail
