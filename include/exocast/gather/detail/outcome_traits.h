// SPDX-License-Identifier: Apache-2.0
#pragma once
// OutcomeTraits: which Outcome a task<Result> has, and how its result becomes one. Types only.

#include <expected>
#include <type_traits>
#include <utility>

#include "exocast/gather/outcome.h"

namespace exocast::detail {

template <class Result>
struct OutcomeTraits {
  using type = Outcome<Result>;
  static void set(type& outcome, Result&& result) { outcome.set_value(std::move(result)); }
};
template <>
struct OutcomeTraits<void> : OutcomeTraits<Unit> {};
template <class T, class E>
struct OutcomeTraits<std::expected<T, E>> {
  using type = Outcome<std::conditional_t<std::is_void_v<T>, Unit, T>, E>;
  static void set(type& outcome, std::expected<T, E>&& result) {
    if (!result) {
      outcome.set_error(std::move(result.error()));
    } else if constexpr (std::is_void_v<T>) {
      outcome.set_value(Unit{});
    } else {
      outcome.set_value(std::move(*result));
    }
  }
};

}  // namespace exocast::detail
