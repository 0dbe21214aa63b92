// SPDX-License-Identifier: Apache-2.0
#include "base/base64.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/text.h"

namespace exocast {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr char padding = '=';

/// Appends the first `count` of the four digits of `bits`, a group of 24.
void append_digits(std::string& text, std::uint32_t bits, std::size_t count) {
  for (std::size_t digit = 0; digit < count; ++digit) text += alphabet[(bits >> (18 - 6 * digit)) & 63U];
}

}  // namespace

std::string to_base64(std::string_view bytes) {
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  while (!bytes.empty()) {
    const std::string_view group = bytes.substr(0, 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < group.size(); ++i) {
      bits |= std::uint32_t{static_cast<unsigned char>(group[i])} << (16 - 8 * i);
    }
    append_digits(text, bits, group.size() + 1);
    text.append(3 - group.size(), padding);
    bytes.remove_prefix(group.size());
  }
  return text;
}

TextOrBase64 text_or_base64(std::string_view bytes) {
  if (is_utf8(bytes)) return {"text", std::string(bytes)};
  return {"base64", to_base64(bytes)};
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string bytes;
  bytes.reserve(text.size() / 4 * 3);
  std::uint32_t bits = 0;
  unsigned held = 0;  // bits that are not written yet
  for (const char digit : text.substr(0, std::min(text.find(padding), text.size()))) {
    const auto value = alphabet.find(digit);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6U | static_cast<std::uint32_t>(value);
    held += 6;
    if (held < 8) continue;
    held -= 8;
    bytes += static_cast<char>(bits >> held & 255U);
  }
  // One text for the same bytes: no missing padding, and no bits in it.
  if (to_base64(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace exocast
