// SPDX-License-Identifier: Apache-2.0
#pragma once
// Options that parse themselves, and one line for whatever is wrong, on top of CLI11.
// To be included by the .cpp files of commands only: CLI11 is large. One thread.

#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include <CLI/CLI.hpp>

#include "tools/cli/parse.h"

namespace exocast {

/// Adds an option whose text `parse` turns into `target`; a text it refuses is a usage error with its words.
template <class T, class Parse>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, T& target, Parse parse, const std::string& help) {
  return app.add_option_function<std::string>(
      name,
      [&target, name, parse = std::move(parse)](const std::string& text) {
        auto value = parse(std::string_view(text));
        if (!value) throw CLI::ValidationError(name, value.error());
        target = *std::move(value);
      },
      help);
}

/// A whole number in `lowest`..`highest`.
template <class T>
CLI::Option* add_count(CLI::App& app, const std::string& name, T& target, std::size_t lowest, std::size_t highest,
                       const std::string& help) {
  return add_parsed(
             app, name, target, [=](std::string_view text) { return parse_count(text, lowest, highest); }, help)
      ->type_name("N");
}

/// A duration of `lowest` or more.
CLI::Option* add_duration(CLI::App& app, const std::string& name, Duration& target, Duration lowest,
                          const std::string& help);

}  // namespace exocast
