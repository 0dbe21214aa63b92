// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/options.h"

#include <fmt/format.h>

namespace exocast {

CLI::Option* add_duration(CLI::App& app, const std::string& name, Duration& target, Duration lowest,
                          const std::string& help) {
  const auto parse = [lowest](std::string_view text) -> std::expected<Duration, std::string> {
    auto duration = parse_duration(text);
    if (duration && *duration < lowest) return std::unexpected(fmt::format("'{}' is too short", text));
    return duration;
  };
  return add_parsed(app, name, target, parse, help)->type_name("TIME");
}

}  // namespace exocast
