// SPDX-License-Identifier: Apache-2.0
#include "bench/row.h"

#include <sched.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace exocast::bench {
namespace {

#ifndef EXOCAST_BUILD_TYPE
#define EXOCAST_BUILD_TYPE "unknown"
#endif

std::string number(double value) {
  if (value != 0 && value < 0.095) return fmt::format("{:.4f}", value);
  return fmt::format("{:.{}f}", value, value < 10 ? 2 : value < 1000 ? 1 : 0);
}

nlohmann::ordered_json to_json(const std::string& bench, const Row& row) {
  const auto or_null = [](const auto& value) -> nlohmann::ordered_json {
    if (value) return *value;
    return nullptr;
  };
  return {{"bench", bench},
          {"name", row.name},
          {"n", row.n},
          {"value", row.value},
          {"unit", row.unit},
          {"reference", or_null(row.reference)},
          {"reference_value", or_null(row.reference_value)},
          {"ratio", or_null(row.ratio())}};
}

}  // namespace

std::optional<double> Row::ratio() const {
  if (!reference_value || *reference_value == 0) return std::nullopt;
  return value / *reference_value;
}

Table::Table(std::string bench, const TableOptions& options)
    : bench_(std::move(bench)),
      options_(options),
      hints_(options.json && isatty(STDERR_FILENO) == 1),
      conditions_(measure_conditions()) {
  if (!options_.save.empty()) {
    saved_.open(options_.save);
    if (!saved_) throw std::runtime_error(fmt::format("cannot write {}", options_.save));
  }
  if (options_.json) return;
  fmt::print("{} cores, {}, {}, load {:.2f}\n\n", conditions_.cores, conditions_.compiler, conditions_.build_type,
             conditions_.load_1min);
  fmt::print("{:<52} {:>6} {:>9} {:<12} {:>6}  {}\n", bench_, "n", "value", "unit", "ratio", "of the reference");
  std::fflush(stdout);
}

std::string Table::line_of(const Row& row) const {
  const std::string ratio = row.ratio() ? fmt::format("{:.2f}", *row.ratio()) : "";
  const std::string reference =
      row.reference_value ? fmt::format("{} ({})", row.reference.value_or(""), number(*row.reference_value)) : "";
  return fmt::format("{:<52} {:>6} {:>9} {:<12} {:>6}  {}", row.name, row.n, number(row.value), row.unit, ratio,
                     reference);
}

void Table::add(Row row) {
  if (!options_.json || hints_) fmt::print(options_.json ? stderr : stdout, "{}\n", line_of(row));
  std::fflush(stdout);
  rows_.push_back(std::move(row));
}

void Table::finish() {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  nlohmann::ordered_json first =
      to_json(bench_, {.name = "conditions", .value = conditions_.load_1min, .unit = "load_1min"});
  first["cores"] = conditions_.cores;
  first["compiler"] = conditions_.compiler;
  first["build_type"] = conditions_.build_type;
  first["load"] = conditions_.load_1min;
  all.push_back(std::move(first));
  for (const Row& row : rows_) all.push_back(to_json(bench_, row));

  if (options_.json) fmt::print("{}\n", all.dump(1));
  if (std::fflush(stdout) != 0) throw std::runtime_error("cannot write to standard output");
  if (!saved_.is_open()) return;
  saved_ << all.dump(1) << std::endl;
  if (!saved_) throw std::runtime_error(fmt::format("cannot write {}", options_.save));
}

Table::Conditions Table::measure_conditions() {
  Conditions now{.cores = 1, .compiler = "unknown", .build_type = EXOCAST_BUILD_TYPE, .load_1min = 0};
  cpu_set_t cpus;
  if (sched_getaffinity(0, sizeof(cpus), &cpus) == 0) now.cores = static_cast<unsigned>(CPU_COUNT(&cpus));
#if defined(__clang__)
  now.compiler = fmt::format("clang {}.{}.{}", __clang_major__, __clang_minor__, __clang_patchlevel__);
#elif defined(__GNUC__)
  now.compiler = fmt::format("g++ {}.{}.{}", __GNUC__, __GNUC_MINOR__, __GNUC_PATCHLEVEL__);
#endif
  if (double load = 0; getloadavg(&load, 1) == 1) now.load_1min = load;
  return now;
}

}  // namespace exocast::bench
