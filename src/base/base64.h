// SPDX-License-Identifier: Apache-2.0
#pragma once
// Base64: bytes as text for JSON, in the standard alphabet with padding (RFC 4648). Pure functions, safe from any
// thread.

#include <optional>
#include <string>
#include <string_view>

namespace exocast {

/// `bytes` in base64.
std::string to_base64(std::string_view bytes);

/// The bytes that `text` stands for. Nothing unless it is exactly what to_base64() writes: no white space, with
/// padding.
std::optional<std::string> from_base64(std::string_view text);

}  // namespace exocast
