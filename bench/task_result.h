// SPDX-License-Identifier: Apache-2.0
#pragma once
// The task of `bench gather`, for ours and the peers': it yields once, then ends with its number; one of 64 ends with
// an error instead. Pure functions.

#include <cstddef>
#include <expected>
#include <stdexcept>
#include <system_error>

namespace exocast::bench {

using TaskResult = std::expected<int, std::error_code>;

inline TaskResult result_of(std::size_t index) {
  if ((index & 63) == 63) return std::unexpected(std::make_error_code(std::errc::connection_refused));
  return static_cast<int>(index);
}

/// Throws std::logic_error unless `errors` is right for `n` tasks: the time of a wrong result means nothing.
inline void check_errors(std::size_t errors, std::size_t n) {
  if (errors != n / 64) throw std::logic_error("bench: tasks ended with the wrong results");
}

}  // namespace exocast::bench
