// SPDX-License-Identifier: Apache-2.0
#include "lane/circuit.h"

#include <algorithm>
#include <cassert>

#include <fmt/format.h>

#include "base/text.h"

namespace exocast {

std::string_view to_string(CircuitState state) noexcept {
  switch (state) {
    case CircuitState::closed:
      return "closed";
    case CircuitState::open:
      return "open";
    case CircuitState::half_open:
      return "half_open";
  }
  return "unknown";
}

void Circuit::sent() noexcept {
  assert(state_ != CircuitState::half_open);  // one probe at a time
  if (state_ != CircuitState::open) return;
  state_ = CircuitState::half_open;
  ++metrics_.probes_total;
}

void Circuit::reached() noexcept {
  if (state_ != CircuitState::closed) ++metrics_.closed_total;
  state_ = CircuitState::closed;
  in_a_row_ = 0;
  backoff_.reset();
}

void Circuit::unreachable(TimePoint now, const Status& error) {
  last_error_ = to_line(error.text.empty() ? to_string(error.code) : error.text);
  ++metrics_.unreachable_total;
  if (state_ == CircuitState::half_open) return open(now);
  if (state_ == CircuitState::open) return;  // sent before the circuit opened: the time of the probe is set already

  if (in_a_row_ == 0 || now - last_failure_ > limits_.gap) {
    in_a_row_ = 0;
    first_failure_ = now;
  }
  last_failure_ = now;
  ++in_a_row_;
  if (in_a_row_ < std::max<std::size_t>(limits_.failures, 1) || now - first_failure_ < limits_.span) return;
  opened_at_ = now;
  ++metrics_.opened_total;
  open(now);
}

void Circuit::ended_unknown(TimePoint now) noexcept {
  if (state_ == CircuitState::half_open) open(now);
}

TimePoint Circuit::next_probe() const noexcept {
  switch (state_) {
    case CircuitState::closed:
      return TimePoint::min();
    case CircuitState::open:
      return next_probe_;
    case CircuitState::half_open:
      break;
  }
  return TimePoint::max();
}

std::string Circuit::why(TimePoint now) const {
  if (state_ == CircuitState::closed) return {};
  const double seconds = std::chrono::duration<double>(std::max(now - opened_at_, Duration::zero())).count();
  return fmt::format("circuit open since {:.1f} s: {}", seconds, last_error_);
}

void Circuit::open(TimePoint now) noexcept {
  assert(state_ != CircuitState::open);
  state_ = CircuitState::open;
  next_probe_ = Deadline::after(now, backoff_.next(random_)).time();
}

}  // namespace exocast
