// SPDX-License-Identifier: Apache-2.0
#pragma once
// Outcome<T, E>: how one task ended: its value, or the reason why there is none.
//
//   if (outcome) use(*outcome);
//   else if (outcome.reason() == Reason::timed_out) retry();
//   else if (const std::string* error = outcome.error()) print(*error);
//
// The reasons are kept apart, so "cancelled" never hides the root cause. Threading: a value; one thread at a time.

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string_view>
#include <utility>

namespace exocast {

/// Stands for no value where a type is needed: the value of a task<void>.
struct Unit {
  /// Always equal.
  friend constexpr bool operator==(Unit, Unit) noexcept = default;
};

/// How a task ended.
enum class Reason : std::uint8_t {
  ok,                ///< it finished with a value
  error,             ///< it finished with an error, or threw; the original is kept
  timed_out,         ///< a deadline came first: its own, or that of the whole gather
  enough_succeeded,  ///< cancelled: the policy had its successes
  too_many_failed,   ///< cancelled: the policy could no longer be satisfied
  cancelled,         ///< cancelled by the caller
  not_started,       ///< the gather ended before its turn came
  skipped,           ///< the callable returned `skip`
};
/// How many reasons there are.
inline constexpr std::size_t reason_count = 8;

/// The reason as a word: "ok", "error", "timed_out", …
constexpr std::string_view to_string(Reason reason) noexcept {
  constexpr std::string_view words[reason_count] = {
      "ok", "error", "timed_out", "enough_succeeded", "too_many_failed", "cancelled", "not_started", "skipped"};
  return words[static_cast<std::size_t>(reason)];
}

/// A value of type T, or the reason why there is none. A task<std::expected<T, E>> has an Outcome<T, E>; a task<T>
/// fails only by throwing.
template <class T, class E = std::exception_ptr>
class Outcome {
 public:
  using value_type = T;  ///< of value()
  using error_type = E;  ///< of error()

  /// Not started.
  Outcome() noexcept {}  // NOLINT(modernize-use-equals-default): a union with members has no default

  /// Without a value; `reason` is neither ok nor error.
  explicit Outcome(Reason reason) noexcept : reason_(reason) { assert(has_nothing(reason)); }

  /// Copies the value or the reason; T and E must be copyable.
  Outcome(const Outcome& other) { copy_from(other); }
  /// Moves the value; the other keeps a moved-from one.
  Outcome(Outcome&& other) noexcept { move_from(std::move(other)); }
  /// As the constructors.
  Outcome& operator=(const Outcome& other) {
    if (this != &other) {
      clear();
      copy_from(other);
    }
    return *this;
  }
  /// As the constructors.
  Outcome& operator=(Outcome&& other) noexcept {
    if (this != &other) {
      clear();
      move_from(std::move(other));
    }
    return *this;
  }
  ~Outcome() { clear(); }

  /// How it ended.
  Reason reason() const noexcept { return reason_; }
  /// True if there is a value.
  bool ok() const noexcept { return reason_ == Reason::ok; }
  /// True if there is a value.
  explicit operator bool() const noexcept { return ok(); }

  /// The value; ok() must be true. So for the next six.
  T& value() & noexcept { return checked(); }
  /// The same.
  const T& value() const& noexcept { return checked(); }
  /// The same, to be moved from.
  T&& value() && noexcept { return std::move(checked()); }
  /// The same as value().
  T& operator*() & noexcept { return checked(); }
  /// The same as value().
  const T& operator*() const& noexcept { return checked(); }
  /// The same as &value().
  T* operator->() noexcept { return &checked(); }
  /// The same as &value().
  const T* operator->() const noexcept { return &checked(); }

  /// The error the task returned; nullptr unless it returned one.
  const E* error() const noexcept { return reason_ == Reason::error && !threw_ ? &error_ : nullptr; }

  /// The exception the task threw; null unless it threw.
  std::exception_ptr exception() const noexcept { return threw_ ? thrown_ : nullptr; }

  // For code that makes outcomes. If a constructor of T or E throws, the outcome is left `not_started`.

  /// Ends without a value; `reason` is neither ok nor error.
  void set_reason(Reason reason) noexcept {
    assert(has_nothing(reason));
    clear();
    reason_ = reason;
  }
  /// Ends with a value.
  template <class U>
  void set_value(U&& value) {
    clear();
    std::construct_at(&value_, std::forward<U>(value));
    reason_ = Reason::ok;
  }
  /// Ends with a returned error.
  template <class U>
  void set_error(U&& error) {
    clear();
    std::construct_at(&error_, std::forward<U>(error));
    reason_ = Reason::error;
  }
  /// Ends with an exception.
  void set_exception(std::exception_ptr thrown) noexcept {
    clear();
    std::construct_at(&thrown_, std::move(thrown));
    reason_ = Reason::error;
    threw_ = true;
  }

 private:
  static constexpr bool has_nothing(Reason reason) noexcept { return reason != Reason::ok && reason != Reason::error; }
  T& checked() noexcept {
    assert(ok() && "exocast: an outcome without a value has been asked for it");
    return value_;
  }
  const T& checked() const noexcept {
    assert(ok() && "exocast: an outcome without a value has been asked for it");
    return value_;
  }
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

  // reason_ and threw_ say which of them lives, if any. A std::variant would keep a third tag and cost more per item.
  union {
    T value_;
    E error_;
    std::exception_ptr thrown_;
  };
  Reason reason_ = Reason::not_started;
  bool threw_ = false;
};

namespace detail {
template <class Result>
struct OutcomeTraits;
}

/// The outcome of a task<Result>: Outcome<T, E> for std::expected<T, E>, else Outcome<Result>; Unit stands for void.
template <class Result>
using OutcomeOf = typename detail::OutcomeTraits<Result>::type;

}  // namespace exocast

#include "exocast/gather/detail/outcome_traits.h"  // IWYU pragma: export
