// SPDX-License-Identifier: Apache-2.0
#pragma once
// Bytes: a view of raw bytes, and the same view as text. Pure functions, safe from any thread; a view owns nothing.

#include <cstddef>
#include <span>
#include <string_view>

namespace exocast {

using Bytes = std::span<const std::byte>;

inline std::string_view text_of(Bytes bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes bytes_of(std::string_view text) noexcept { return std::as_bytes(std::span(text)); }

}  // namespace exocast
