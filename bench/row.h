// SPDX-License-Identifier: Apache-2.0
#pragma once
// Row and Table: the output of a benchmark, for people while it runs and for programs as one JSON array.
//
// A comparison is one row with its reference, measured in the same run: on a shared machine absolute times mean little,
// but ratios hold. The first row, `conditions`, describes the machine. One thread.

#include <cstddef>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace exocast::bench {

struct Row {
  std::string name = {};  ///< the measured case
  std::size_t n = 0;      ///< its size: tasks or receivers
  double value = 0;
  std::string unit = {};                      ///< of value and reference_value: "ns/task", "us/peer", …
  std::optional<std::string> reference = {};  ///< the name of the reference
  std::optional<double> reference_value = {};
  /// value / reference_value
  std::optional<double> ratio() const;
};

/// The output of a benchmark.
struct TableOptions {
  bool json = false;      ///< one JSON array on standard output at the end, instead of a table
  std::string save = {};  ///< a file that also gets the JSON array; "": none
};

class Table {
 public:
  /// `bench` is the name of the benchmark. Measures the conditions and, for a table, prints them and the heading at
  /// once. Throws std::runtime_error if the file cannot be written.
  Table(std::string bench, const TableOptions& options);

  /// Adds a row and prints it at once: in the table, or, with JSON and a terminal, on standard error.
  void add(Row row);

  /// Prints and saves the JSON array. Call it once, at the end. Throws std::runtime_error if that fails.
  void finish();

 private:
  struct Conditions {
    unsigned cores;
    std::string compiler;
    std::string build_type;
    double load_1min;  ///< average number of runnable processes over the last minute
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
