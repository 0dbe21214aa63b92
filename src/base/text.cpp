// SPDX-License-Identifier: Apache-2.0
#include "base/text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace exocast {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD
constexpr std::string_view ellipsis = "\xE2\x80\xA6";     // U+2026

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// The length in bytes of a sequence with this first byte (0: no sequence starts with it), and the range of its second
/// byte (Unicode 15, table 3-7), which excludes overlong forms and surrogates.
struct Lead {
  std::size_t length;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
};

Lead lead_of(unsigned char first) {
  if (first < 0x80) return {1};
  if (first < 0xC2) return {0};
  if (first < 0xE0) return {2};
  if (first == 0xE0) return {3, 0xA0};
  if (first == 0xED) return {3, 0x80, 0x9F};
  if (first < 0xF0) return {3};
  if (first == 0xF0) return {4, 0x90};
  if (first < 0xF4) return {4};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  return {0};
}

/// The length of the ASCII text that `bytes` starts with, in whole words of eight bytes. All of it is looked at in
/// words if it has at least one; the last may overlap.
std::size_t ascii_words(std::string_view bytes) {
  constexpr std::size_t word_bytes = sizeof(std::uint64_t);
  const auto is_ascii = [&](std::size_t at) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data() + at, word_bytes);
    return (word & 0x8080808080808080U) == 0;
  };
  std::size_t length = 0;
  for (; bytes.size() - length >= word_bytes; length += word_bytes) {
    if (!is_ascii(length)) return length;
  }
  return length > 0 && is_ascii(bytes.size() - word_bytes) ? bytes.size() : length;
}

/// The length of the well-formed character that `bytes` (not empty) starts with, or 0.
std::size_t character_length(std::string_view bytes) {
  const Lead lead = lead_of(static_cast<unsigned char>(bytes[0]));
  if (lead.length <= 1) return lead.length;
  if (bytes.size() < lead.length) return 0;
  const auto second = static_cast<unsigned char>(bytes[1]);
  if (second < lead.low || second > lead.high) return 0;
  const std::string_view rest = bytes.substr(2, lead.length - 2);
  return std::ranges::all_of(rest, is_continuation) ? lead.length : 0;
}

/// C0 controls and DEL, C1 controls (U+0080..U+009F), and U+2028/U+2029, which some programs treat as line ends.
bool is_control(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  if (character.size() == 1) return first < 0x20 || first == 0x7F;
  if (character.size() == 2) return first == 0xC2 && static_cast<unsigned char>(character[1]) < 0xA0;
  return character == "\xE2\x80\xA8" || character == "\xE2\x80\xA9";
}

}  // namespace

std::size_t utf8_prefix_bytes(std::string_view bytes) noexcept {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    rest.remove_prefix(ascii_words(rest));
    if (rest.empty()) break;
    const std::size_t length = character_length(rest);
    if (length == 0) break;
    rest.remove_prefix(length);
  }
  return bytes.size() - rest.size();
}

bool is_utf8(std::string_view bytes) noexcept { return utf8_prefix_bytes(bytes) == bytes.size(); }

std::string to_utf8(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t length = character_length(bytes);
    text += length == 0 ? replacement : bytes.substr(0, length);
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return text;
}

std::string to_line(std::string_view bytes, std::size_t max_columns) {
  std::string line;
  std::size_t before_last = 0;  // start of the last character that still fits
  for (std::size_t count = 0; !bytes.empty(); ++count) {
    if (count == max_columns) {
      line.resize(before_last);
      if (max_columns > 0) line += ellipsis;
      return line;
    }
    before_last = line.size();
    const std::size_t length = character_length(bytes);
    const std::string_view character = length == 0 ? replacement : bytes.substr(0, length);
    line += is_control(character) ? " " : character;
    bytes.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return line;
}

std::string_view cut(std::string_view text, std::size_t bytes_max) noexcept {
  if (text.size() <= bytes_max) return text;
  while (bytes_max > 0 && is_continuation(text[bytes_max])) --bytes_max;
  return text.substr(0, bytes_max);
}

std::size_t columns(std::string_view text) noexcept {
  return text.size() - static_cast<std::size_t>(std::ranges::count_if(text, is_continuation));
}

}  // namespace exocast
