// SPDX-License-Identifier: Apache-2.0
#pragma once
// Row and Table: what a benchmark says, for people as it is measured and for programs as one JSON array.
//
// A comparison is one row with its reference beside it, measured in the same run: absolute times of a shared machine
// mean little, ratios hold. The first row is named `conditions` and says where the figures were made. One thread.

#include <cstddef>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace exocast::bench {

struct Row {
  std::string name = {};  ///< what was measured
  std::size_t n = 0;      ///< its size: tasks or receivers
  double value = 0;
  std::string unit = {};                      ///< of value and reference_value: "ns/task", "us/peer", …
  std::optional<std::string> reference = {};  ///< what it was measured against
  std::optional<double> reference_value = {};
  /// value / reference_value
  std::optional<double> ratio() const;
};

/// Where a benchmark says what it measured.
struct TableOptions {
  bool json = false;      ///< on standard output: one JSON array at the end instead of a table
  std::string save = {};  ///< a file for the JSON array, beside standard output; "": none
};

class Table {
 public:
  /// `bench` is "gather" or "fanout". Measures the conditions and, as a table, prints them and the head at once. Throws
  /// std::runtime_error if the file cannot be written.
  Table(std::string bench, const TableOptions& options);

  /// Adds a row, and prints it at once: into the table, or for people who wait for JSON on a terminal, to standard
  /// error.
  void add(Row row);

  /// Prints and saves the JSON array: call it once, at the end. Throws std::runtime_error if that fails.
  void finish();

 private:
  struct Conditions {
    unsigned cores;
    std::string compiler;
    std::string build_type;
    double load_1min;  ///< runnable processes on average over the minute before
  };
  static Conditions measure_conditions();
  std::string line_of(const Row& row) const;

  std::string bench_;
  TableOptions options_;
  bool hints_;
  std::ofstream saved_;
  Conditions conditions_;
  std::vector<Row> rows_;
};

}  // namespace exocast::bench
