// SPDX-License-Identifier: Apache-2.0
#pragma once
// Outcome<T, E>: how one item of a gather ended - its value, or the reason why there is none.
//
// The reasons are kept apart, so that the root cause is never hidden behind "cancelled". A plain value: it may be moved,
// copied if T and E can be, and read from any thread that owns it.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <expected>
#include <optional>
#include <string_view>
#include <utility>
#include <variant>

#include "exocast/gather/task.h"

namespace exocast {

enum class Reason : std::uint8_t {
  ok,                ///< it finished with a value
  error,             ///< it finished with an error or threw: the original one is kept
  timed_out,         ///< the deadline, its own or the whole's, came first
  enough_succeeded,  ///< cancelled: the policy had its successes
  too_many_failed,   ///< cancelled: the policy could no longer be satisfied
  cancelled,         ///< cancelled by the caller
  not_started,       ///< the gather ended before its turn came
  skipped,           ///< the callable returned `skip`
};
inline constexpr std::size_t reason_count = 8;

/// The reason as a word: "ok", "error", "timed_out", …
constexpr std::string_view to_string(Reason reason) noexcept {
  constexpr std::string_view words[reason_count] = {"ok",        "error",       "timed_out", "enough_succeeded", "too_many_failed",
                                                    "cancelled", "not_started", "skipped"};
  return words[static_cast<std::size_t>(reason)];
}

/// `E` is the error type: that of std::expected for a task<std::expected<T, E>>; a task<T> fails only by throwing.
template <class T, class E = std::exception_ptr>
class Outcome {
 public:
  using value_type = T;
  using error_type = E;

  /// Not started.
  Outcome() noexcept = default;

  /// Without a value; `reason` is neither ok nor error.
  explicit Outcome(Reason reason) noexcept : reason_(reason) {}

  Reason reason() const noexcept { return reason_; }
  bool ok() const noexcept { return reason_ == Reason::ok; }
  explicit operator bool() const noexcept { return ok(); }

  /// The value; call it only when ok().
  T& value() & noexcept { return *std::get_if<1>(&content_); }
  const T& value() const& noexcept { return *std::get_if<1>(&content_); }
  T&& value() && noexcept { return std::move(*std::get_if<1>(&content_)); }
  T& operator*() & noexcept { return value(); }
  const T& operator*() const& noexcept { return value(); }
  T* operator->() noexcept { return &value(); }
  const T* operator->() const noexcept { return &value(); }

  /// The error the task returned; nullptr unless it returned one.
  const E* error() const noexcept { return std::get_if<2>(&content_); }

  /// What the task threw; null unless it threw.
  std::exception_ptr exception() const noexcept {
    const auto* thrown = std::get_if<3>(&content_);
    return thrown != nullptr ? *thrown : nullptr;
  }

  /// For producers of outcomes.
  template <class U>
  void set_value(U&& value) {
    content_.template emplace<1>(std::forward<U>(value));
    reason_ = Reason::ok;
  }
  template <class U>
  void set_error(U&& error) {
    content_.template emplace<2>(std::forward<U>(error));
    reason_ = Reason::error;
  }
  void set_exception(std::exception_ptr thrown) noexcept {
    content_.template emplace<3>(std::move(thrown));
    reason_ = Reason::error;
  }

 private:
  std::variant<std::monostate, T, E, std::exception_ptr> content_;
  Reason reason_ = Reason::not_started;
};

/// What the outcomes of a task<Result> look like: T and E out of std::expected<T, E>, or Result that only throws.
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
template <class Result>
using OutcomeOf = typename OutcomeTraits<Result>::type;

/// The outcome of a completed task.
template <class Result>
void settle(OutcomeOf<Result>& outcome, task<Result>& completed) {
  if (completed.exception()) {
    outcome.set_exception(std::move(completed.exception()));
  } else {
    OutcomeTraits<Result>::set(outcome, std::move(completed.value()));
  }
}

}  // namespace exocast
