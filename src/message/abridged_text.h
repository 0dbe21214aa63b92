// SPDX-License-Identifier: Apache-2.0
#pragma once
// AbridgedText: a JSON text as its parser reads it. The parser copies a string while it reads it, and the white space
// before a token, so of a long run of either it gets the first part only: then its memory does not grow with the text.
// The text is UTF-8. One thread; the text outlives it. Internal to this folder.

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <string>
#include <string_view>

#include <fmt/format.h>

namespace exocast {

class AbridgedText {
 public:
  explicit AbridgedText(std::string_view text) noexcept : text_(text) {}

  bool at_end() const noexcept { return at_ == text_.size(); }
  char front() const noexcept { return text_[at_]; }
  void pop_front() noexcept {
    const char c = text_[at_++];
    const bool goes_on = in_string_ ? is_plain(c) && !escaped_ : is_space(c);
    run_ = goes_on ? run_ + 1 : 0;
    if (c == '"' && !escaped_) in_string_ = !in_string_;
    escaped_ = in_string_ && c == '\\' && !escaped_;
    // Never inside of a character.
    if (run_ >= run_max && !at_end() && (static_cast<unsigned char>(front()) & 0xC0U) != 0x80U) leave_out();
  }

  /// The place after the first `read` characters that the parser got: "line 1, column 4".
  std::string place(std::size_t read) const {
    const std::string_view before = text_.substr(0, std::min(text_.size(), read + left_out_));
    const auto lines = std::ranges::count(before, '\n');
    const std::size_t line_begin = lines == 0 ? 0 : before.rfind('\n') + 1;
    return fmt::format("line {}, column {}", lines + 1, read + left_out_ - line_begin);
  }

 private:
  static constexpr std::size_t run_max = 4096;
  static bool is_space(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  static bool is_plain(char c) noexcept { return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20; }

  void leave_out() noexcept {
    const std::string_view rest = text_.substr(at_);
    const auto* end = in_string_ ? std::ranges::find_if_not(rest, is_plain) : std::ranges::find_if_not(rest, is_space);
    const auto bytes = static_cast<std::size_t>(end - rest.begin());
    at_ += bytes;
    left_out_ += bytes;
    run_ = 0;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t left_out_ = 0;
  std::size_t run_ = 0;
  bool in_string_ = false;
  bool escaped_ = false;
};

/// For the parser; all iterators of a text are at the same place.
class AbridgedCharacters {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = char;

  explicit AbridgedCharacters(AbridgedText* text = nullptr) noexcept : text_(text) {}
  char operator*() const noexcept { return text_->front(); }
  AbridgedCharacters& operator++() noexcept {
    text_->pop_front();
    return *this;
  }
  AbridgedCharacters operator++(int) noexcept { return ++*this; }
  /// Only the comparison with an end is meaningful.
  friend bool operator==(const AbridgedCharacters& a, const AbridgedCharacters& b) noexcept {
    return a.at_end() == b.at_end();
  }

 private:
  bool at_end() const noexcept { return text_ == nullptr || text_->at_end(); }
  AbridgedText* text_;
};

}  // namespace exocast
