// SPDX-License-Identifier: Apache-2.0
#pragma once
// Metrics: where the numbers of a node are found by their names.
//
// A number stays where it is counted: a counter is an integer in its owner, so counting costs an addition, and nothing
// when nobody asks. The registry only knows where it is; what a Registration registered leaves with it.
//
//   inline constexpr MetricName retries_total = {"retries_total", "Messages sent again after a failure."};
//   std::uint64_t retries_ = 0;
//   Metrics::Registration counted_ = metrics.counter(retries_total, {{"peer", "n1"}}, retries_);
//
// What is registered twice, under a bad name or beyond the bound is refused; that harms nothing but the view: the
// Registration says why, and the registry, whose own series are the first ones, counts it.
// Threading: one thread, that of the loop which counts. Snapshots are values, safe from any thread. Lifetime: the
// registry outlives its registrations; a number, or what a function refers to, stays at its place as long as its one.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "exocast/histogram.h"

namespace exocast {

/// What a metric is called and means, in one place for all series of it.
struct MetricName {
  std::string_view name;  ///< letters, digits and '_', not a digit first; counters end in "_total", units come last
  std::string_view help;  ///< one sentence
};

/// Names and values that tell the series of one metric apart; names as those of metrics, and unique; "le" is taken.
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

enum class MetricKind : std::uint8_t { counter, gauge, histogram };

/// "counter", "gauge", "histogram".
std::string_view to_string(MetricKind kind) noexcept;

/// A number that goes up and down, and how high it was.
class Gauge {
 public:
  void set(std::int64_t value) noexcept {
    value_ = value;
    if (value > peak_) peak_ = value;
  }
  void add(std::int64_t more) noexcept { set(value_ + more); }
  std::int64_t value() const noexcept { return value_; }
  std::int64_t peak() const noexcept { return peak_; }  ///< 0 or more

 private:
  std::int64_t value_ = 0;
  std::int64_t peak_ = 0;
};

/// One series at one moment. `value` goes with the kind: std::uint64_t for a counter, Gauge or double (one that has no
/// peak) for a gauge, the histogram (never null).
struct MetricSeries {
  MetricLabels labels;  ///< by name
  std::variant<std::uint64_t, Gauge, double, std::shared_ptr<const LatencyHistogram>> value;
};

/// All series of one metric at one moment.
struct MetricFamily {
  std::string name;
  std::string help;
  MetricKind kind;
  std::vector<MetricSeries> series;  ///< by labels; 1 or more
};

struct MetricsLimits {
  /// Series at once. Default 65,536: those of a node with 1,000 peers, 47 for each. Each costs about 300 bytes here.
  std::size_t series_max = 65'536;
  /// Bytes of one label's value, such as a peer's id. Default 1,024.
  std::size_t label_bytes_max = 1'024;
};

class Metrics {
 public:
  class Registration;

  explicit Metrics(const MetricsLimits& limits = {});
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// Registers the counter `value`, which only grows, or what `value` returns when a snapshot is made.
  [[nodiscard]] Registration counter(const MetricName& name, MetricLabels labels, const std::uint64_t& value);
  Registration counter(const MetricName& name, MetricLabels labels, const std::uint64_t&& value) = delete;
  [[nodiscard]] Registration counter(const MetricName& name, MetricLabels labels, std::function<std::uint64_t()> value);

  /// Registers `value`, or what `value` returns when a snapshot is made: for ages, states, what somebody else counts.
  [[nodiscard]] Registration gauge(const MetricName& name, MetricLabels labels, const Gauge& value);
  Registration gauge(const MetricName& name, MetricLabels labels, const Gauge&& value) = delete;
  [[nodiscard]] Registration gauge(const MetricName& name, MetricLabels labels, std::function<double()> value);

  /// Registers `value`.
  [[nodiscard]] Registration histogram(const MetricName& name, MetricLabels labels, const LatencyHistogram& value);
  Registration histogram(const MetricName& name, MetricLabels labels, const LatencyHistogram&& value) = delete;

  /// All that is registered, with the values of now; ordered by name, then by labels.
  std::vector<MetricFamily> snapshot() const;

  std::size_t series() const noexcept { return series_; }
  std::uint64_t refused_total() const noexcept { return refused_total_; }

 private:
  using Read = std::function<decltype(MetricSeries::value)()>;
  using Entries = std::map<MetricLabels, Read>;
  struct Family {
    std::string help;
    MetricKind kind;
    Entries entries;
  };
  using Families = std::map<std::string, Family, std::less<>>;

  Registration add(MetricKind kind, const MetricName& name, MetricLabels labels, Read&& read);
  std::string fault(MetricKind kind, const MetricName& name, const MetricLabels& labels) const;

  MetricsLimits limits_;
  Families families_;
  std::set<std::string, std::less<>> printed_;  // the names that the families take in the text format
  std::size_t series_ = 0;
  std::uint64_t refused_total_ = 0;
  std::vector<Registration> own_;
};

/// Keeps one series registered while it lives; movable.
class [[nodiscard]] Metrics::Registration {
 public:
  /// Registers nothing.
  Registration() noexcept = default;
  Registration(Registration&& other) noexcept { *this = std::move(other); }
  Registration& operator=(Registration&& other) noexcept;
  ~Registration() { release(); }

  /// Ends it early.
  void release() noexcept;

  /// Why it was refused, in one line; "" if it was not.
  const std::string& refusal() const noexcept { return refusal_; }

 private:
  friend class Metrics;
  Metrics* metrics_ = nullptr;  // none: nothing is registered
  Families::iterator family_{};
  Entries::iterator entry_{};
  std::string refusal_;
};

/// A snapshot as JSON: [{name, kind, help, series: [{labels: {…}, …}, …]}, …], where a series has, after its labels,
///   of a counter    value
///   of a gauge      value, and peak if it has one; null for what is no finite number
///   of a histogram  count, sum_ms, min_ms, p50_ms, p90_ms, p99_ms, p999_ms, max_ms
/// Texts are repaired to UTF-8, so dump() cannot fail.
nlohmann::ordered_json to_json(const std::vector<MetricFamily>& snapshot);

/// A snapshot in the text format 0.0.4 of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/), to
/// be served as "text/plain; version=0.0.4", with `prefix` before every name. A gauge's peak is a gauge of its own,
/// named …_peak. A histogram is in milliseconds, with a bucket up to each power of two of nanoseconds, less one, from 1
/// us to 69 s; these counts are exact. Bounded by the registry: about 100 bytes a series, 2 KiB if it is a histogram.
std::string to_prometheus(const std::vector<MetricFamily>& snapshot, std::string_view prefix = "exocast_");

}  // namespace exocast
