// SPDX-License-Identifier: Apache-2.0
#pragma once
// Row and Table: what a benchmark says, for people as it is measured and for programs as one JSON array.
//
// A comparison is one row with its reference beside it, measured in the same run: absolute times of a shared machine mean
// little, ratios hold. The first row is named `conditions` and says where the figures were made.
// One thread. Lifetime: the stream must outlive the Table.

#include <cstddef>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace exocast::bench {

struct Row {
  std::string name = {};  ///< what was measured
  std::size_t n = 0;      ///< its size: tasks or receivers
  double value = 0;
  std::string unit = {};                         ///< of value and reference_value: "ns/task", "us/peer", …
  std::optional<std::string> reference = {};     ///< what it was measured against
  std::optional<double> reference_value = {};
  /// value / reference_value
  std::optional<double> ratio() const;
};

enum class Format { table, json };

class Table {
 public:
  /// `bench` is "gather" or "fanout". Measures the conditions and, as a table, prints them and the head at once.
  Table(std::string bench, Format format, std::FILE* out);

  /// Adds a row; as a table, prints it at once.
  void add(Row row);

  /// As JSON, prints the array: call it once, at the end.
  void finish();

 private:
  struct Conditions {
    unsigned cores;
    std::string compiler;
    std::string build_type;
    double load_1min;  ///< runnable processes on average over the minute before
  };
  static Conditions measure_conditions();

  std::string bench_;
  Format format_;
  std::FILE* out_;
  Conditions conditions_;
  std::vector<Row> rows_;
};

}  // namespace exocast::bench
