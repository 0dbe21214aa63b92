// SPDX-License-Identifier: Apache-2.0
#pragma once
// Outcome<T, E>: how one item of a gather ended - its value, or the reason why there is none.
//
// The reasons are kept apart, so that the root cause is never hidden behind "cancelled". A plain value: it may be
// moved, copied if T and E can be, and read from any thread that owns it.

#include <cstddef>
#include <cstdint>
#include <exception>
#include <expected>
#include <memory>
#include <string_view>
#include <utility>

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
  constexpr std::string_view words[reason_count] = {
      "ok", "error", "timed_out", "enough_succeeded", "too_many_failed", "cancelled", "not_started", "skipped"};
  return words[static_cast<std::size_t>(reason)];
}

/// `E` is the error type: that of std::expected for a task<std::expected<T, E>>; a task<T> fails only by throwing.
template <class T, class E = std::exception_ptr>
class Outcome {
 public:
  using value_type = T;
  using error_type = E;

  /// Not started.
  Outcome() noexcept {}  // NOLINT(modernize-use-equals-default): a union with members has no default

  /// Without a value; `reason` is neither ok nor error.
  explicit Outcome(Reason reason) noexcept : reason_(reason) {}

  Outcome(const Outcome& other) { copy_from(other); }
  Outcome(Outcome&& other) noexcept { move_from(std::move(other)); }
  Outcome& operator=(const Outcome& other) {
    if (this != &other) {
      clear();
      copy_from(other);
    }
    return *this;
  }
  Outcome& operator=(Outcome&& other) noexcept {
    if (this != &other) {
      clear();
      move_from(std::move(other));
    }
    return *this;
  }
  ~Outcome() { clear(); }

  Reason reason() const noexcept { return reason_; }
  bool ok() const noexcept { return reason_ == Reason::ok; }
  explicit operator bool() const noexcept { return ok(); }

  /// The value; call it only when ok().
  T& value() & noexcept { return value_; }
  const T& value() const& noexcept { return value_; }
  T&& value() && noexcept { return std::move(value_); }
  T& operator*() & noexcept { return value_; }
  const T& operator*() const& noexcept { return value_; }
  T* operator->() noexcept { return &value_; }
  const T* operator->() const noexcept { return &value_; }

  /// The error the task returned; nullptr unless it returned one.
  const E* error() const noexcept { return reason_ == Reason::error && !threw_ ? &error_ : nullptr; }

  /// What the task threw; null unless it threw.
  std::exception_ptr exception() const noexcept { return threw_ ? thrown_ : nullptr; }

  /// For producers of outcomes. An exception of T's or E's own constructor leaves it `not_started`; `reason` is neither
  /// ok nor error.
  void set_reason(Reason reason) noexcept {
    clear();
    reason_ = reason;
  }
  template <class U>
  void set_value(U&& value) {
    clear();
    std::construct_at(&value_, std::forward<U>(value));
    reason_ = Reason::ok;
  }
  template <class U>
  void set_error(U&& error) {
    clear();
    std::construct_at(&error_, std::forward<U>(error));
    reason_ = Reason::error;
  }
  void set_exception(std::exception_ptr thrown) noexcept {
    clear();
    std::construct_at(&thrown_, std::move(thrown));
    reason_ = Reason::error;
    threw_ = true;
  }

 private:
  void clear() noexcept {
    const Reason was = std::exchange(reason_, Reason::not_started);
    if (was == Reason::ok) {
      std::destroy_at(&value_);
    } else if (was == Reason::error) {
      std::exchange(threw_, false) ? std::destroy_at(&thrown_) : std::destroy_at(&error_);
    }
  }
  void copy_from(const Outcome& other) {
    if (other.ok()) {
      set_value(other.value_);
    } else if (other.threw_) {
      set_exception(other.thrown_);
    } else if (other.reason_ == Reason::error) {
      set_error(other.error_);
    } else {
      reason_ = other.reason_;
    }
  }
  void move_from(Outcome&& other) noexcept {
    if (other.ok()) {
      set_value(std::move(other.value_));
    } else if (other.threw_) {
      set_exception(other.thrown_);
    } else if (other.reason_ == Reason::error) {
      set_error(std::move(other.error_));
    } else {
      reason_ = other.reason_;
    }
  }

  // By reason_ and threw_: which of them lives, if any. A std::variant would keep a third tag and cost more per item.
  union {
    T value_;
    E error_;
    std::exception_ptr thrown_;
  };
  Reason reason_ = Reason::not_started;
  bool threw_ = false;
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
[[gnu::always_inline]] inline void settle(OutcomeOf<Result>& outcome, task<Result>& completed) {
  if (completed.exception()) {
    outcome.set_exception(std::move(completed.exception()));
  } else {
    OutcomeTraits<Result>::set(outcome, std::move(completed.value()));
  }
}

}  // namespace exocast
