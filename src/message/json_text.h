// SPDX-License-Identifier: Apache-2.0
#pragma once
// JSON text from outside: checked without building a tree, and printed without rebuilding it.
//
// A status is opaque to exocast: it is checked to be JSON, then carried byte for byte, so numbers, key order and
// spelling survive. The check is bounded and does not recurse, so hostile text costs at most time linear in its size.
// Pure functions, safe from any thread.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace exocast {

/// Limits for a text beyond being JSON.
struct JsonRules {
  std::size_t max_depth = 512;           ///< nested brackets; Python's json fails near 1,000
  bool unique_keys = false;              ///< refuse an object with a duplicate key
  std::size_t max_members = 16'777'216;  ///< members of one object
};

/// Nothing if `text` is one JSON value within `rules`. Else one printable line about the fault and its place: line and
/// column for malformed text, the path of the key (as in "peers.n1.port") for a broken rule.
std::optional<std::string> json_fault(std::string_view text, const JsonRules& rules = {});

/// `text` on one line, without the white space between its tokens. `text` must have passed json_fault.
std::string json_on_one_line(std::string_view text);

/// `text` as a JSON string with its quotes; bytes that are not UTF-8 become U+FFFD.
std::string json_string(std::string_view text);

}  // namespace exocast
