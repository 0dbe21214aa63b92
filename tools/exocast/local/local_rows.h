// SPDX-License-Identifier: Apache-2.0
#pragma once
// LocalRows: the answer to a request that has a row for each peer: of a broadcast, of a question.
// Threading: inside the loop.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "tools/cli/progress_line.h"
#include "tools/exocast/local/local_node.h"

namespace exocast {

struct LocalRows {
  std::vector<nlohmann::ordered_json> rows;  ///< the events of one kind, in the order of the peers
  nlohmann::ordered_json end;                ///< the last line
};

/// Asks `node` what `request` says, which it has done after `timeout`, and collects its events `row`. Shows the
/// progress it tells of. Once `interrupted` is requested it is cancelled there, and has rows all the same. The error is
/// one printable line.
task<std::expected<LocalRows, std::string>> collect_rows(LocalNode& node, ControlRequest request, std::string_view row,
                                                         Duration timeout, StopSource& interrupted,
                                                         ProgressLine& progress);

}  // namespace exocast
