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

/// `bytes` for a JSON object: the key "text" and themselves if they are UTF-8, else "base64" and their base64.
struct TextOrBase64 {
  std::string_view key;
  std::string text;
};
TextOrBase64 text_or_base64(std::string_view bytes);

}  // namespace exocast
