// SPDX-License-Identifier: Apache-2.0
#include "message/json_text.h"

#include <set>
#include <utility>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "message/abridged_text.h"

namespace exocast {
namespace {

using Json = nlohmann::json;

constexpr std::size_t max_path_columns = 120;

/// The parser gets texts up to this size as they are, which is faster.
constexpr std::size_t whole_bytes_max = 65'536;

/// The parser's message without its name, number and place: "[json.exception.parse_error.101] parse error at line 1,
/// …".
std::string words_of(const Json::exception& error, const AbridgedText& text, std::size_t read) {
  std::string_view words = error.what();
  if (const auto end = words.find("] "); words.starts_with("[json.") && end != std::string_view::npos) {
    words.remove_prefix(end + 2);
  }
  if (const auto end = words.find(": "); words.starts_with("parse error at ") && end != std::string_view::npos) {
    words.remove_prefix(end + 2);
  }
  return to_line(fmt::format("{}: {}", text.place(read), words));
}

/// Follows the parser through the text and stops it at the first fault. It checks brackets and keys, not values.
class JsonChecker final : public nlohmann::json_sax<Json> {
 public:
  JsonChecker(const JsonRules& rules, const AbridgedText& text) : rules_(rules), text_(text) {}
  std::optional<std::string> take_fault() { return std::move(fault_); }

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(number_integer_t /*value*/) override { return true; }
  bool number_unsigned(number_unsigned_t /*value*/) override { return true; }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override { return true; }
  bool string(string_t& /*value*/) override { return true; }
  bool binary(binary_t& /*value*/) override { return true; }

  bool start_object(std::size_t /*elements*/) override { return open(); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*elements*/) override { return open(); }
  bool end_array() override { return close(); }

  bool key(string_t& name) override {
    Level& object = levels_.back();
    object.key.reset();
    if (++object.members > rules_.max_members) {
      return fail(fmt::format("{}more than {} entries", path(), rules_.max_members));
    }
    object.key = name;
    if (rules_.unique_keys && !object.seen.insert(name).second) return fail(path() + "this key appears twice");
    return true;
  }

  bool parse_error(std::size_t position, const std::string& /*token*/, const Json::exception& error) override {
    return fail(words_of(error, text_, position));
  }

 private:
  struct Level {
    std::optional<std::string> key;  // of the current member; arrays have none
    std::size_t members = 0;
    std::set<std::string, std::less<>> seen;
  };

  bool open() {
    if (levels_.size() == rules_.max_depth) return fail(fmt::format("nested deeper than {} levels", rules_.max_depth));
    levels_.emplace_back();
    return true;
  }

  bool close() {
    levels_.pop_back();
    return true;
  }

  bool fail(std::string_view why) {
    fault_ = to_line(why);
    return false;
  }

  /// The parser's position as a prefix of an error: "peers.n1.port: ", empty at the top.
  std::string path() const {
    std::string path;
    for (const Level& level : levels_) {
      if (level.key) path += (path.empty() ? "" : ".") + *level.key;
    }
    return path.empty() ? path : to_line(path, max_path_columns) + ": ";
  }

  const JsonRules rules_;
  const AbridgedText& text_;
  std::vector<Level> levels_;
  std::optional<std::string> fault_;
};

}  // namespace

std::optional<std::string> json_fault(std::string_view text, const JsonRules& rules) {
  // The parser skips a byte-order mark, which other parsers refuse, and stops at a zero byte.
  if (text.starts_with("\xEF\xBB\xBF")) return "line 1, column 1: a byte-order mark";
  if (const auto zero = text.find('\0'); zero != std::string_view::npos)
    return fmt::format("byte {} is zero", zero + 1);
  if (const std::size_t valid = utf8_prefix_bytes(text); valid < text.size()) {
    return fmt::format("{}: not UTF-8", AbridgedText(text).place(valid + 1));
  }
  AbridgedText abridged(text);
  JsonChecker checker(rules, abridged);
  if (text.size() <= whole_bytes_max || rules.unique_keys) {  // the checker compares keys as a whole
    Json::sax_parse(text, &checker);
  } else {
    Json::sax_parse(AbridgedCharacters(&abridged), AbridgedCharacters(), &checker);
  }
  return checker.take_fault();
}

std::string json_on_one_line(std::string_view text) {
  std::string line;
  line.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (!in_string && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
    line += c;
    if (c == '"') in_string = !in_string;
    if (c == '\\' && i + 1 < text.size()) line += text[++i];  // only strings have escapes; the next quote is text
  }
  return line;
}

std::string json_string(std::string_view text) {
  return Json(text).dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace exocast
