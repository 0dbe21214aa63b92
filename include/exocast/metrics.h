// SPDX-License-Identifier: Apache-2.0
#pragma once
// Metrics: a registry of the numbers of a node, by name.
//
// A number stays where it is counted: a counter is an integer in its owner, so counting costs an addition. The registry
// only refers to it, as long as the Registration lives.
//
//   inline constexpr MetricName retries_total = {"retries_total", "Messages sent again after a failure."};
//   std::uint64_t retries_ = 0;
//   Metrics::Registration counted_ = metrics.counter(retries_total, {{"peer", "n1"}}, retries_);
//
// A registration is refused if its name is invalid, its series exists, or MetricsLimits are reached: the series is then
// missing in snapshots, the Registration has the reason, and `metrics_refused_total` counts it.
// Threading: one thread, that of the loop which counts. Snapshots are values, safe from any thread. Lifetime: the
// registry outlives its registrations. A number, or what a function refers to, outlives its registration and stays at
// its place.

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

/// The name and meaning of a metric, shared by all its series.
struct MetricName {
  std::string_view name;  ///< letters, digits, '_'; no digit or "__" first; counters end in "_total", units come last
  std::string_view help;  ///< its meaning, in one sentence
};

/// Names and values that distinguish the series of one metric. Names follow MetricName::name and are unique; "le" is
/// reserved.
using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// The kinds of metrics, as in Prometheus.
enum class MetricKind : std::uint8_t {
  counter,   ///< only grows
  gauge,     ///< goes up and down
  histogram  ///< a LatencyHistogram, in ms
};

/// The name of the enumerator; "unknown" for any other value.
std::string_view to_string(MetricKind kind) noexcept;

/// A number that goes up and down, and its peak.
class Gauge {
 public:
  /// Replaces the value.
  void set(std::int64_t value) noexcept {
    value_ = value;
    if (value > peak_) peak_ = value;
  }
  void add(std::int64_t more) noexcept { set(value_ + more); }  ///< `more` may be negative
  std::int64_t value() const noexcept { return value_; }        ///< 0 at first
  std::int64_t peak() const noexcept { return peak_; }          ///< the highest value so far, 0 or more

 private:
  std::int64_t value_ = 0;
  std::int64_t peak_ = 0;
};

/// One series at one moment.
struct MetricSeries {
  MetricLabels labels;  ///< sorted by name
  /// std::uint64_t for a counter, Gauge or double (without a peak) for a gauge, the histogram (never null).
  std::variant<std::uint64_t, Gauge, double, std::shared_ptr<const LatencyHistogram>> value;
};

/// All series of one metric at one moment.
struct MetricFamily {
  std::string name;                  ///< MetricName::name
  std::string help;                  ///< MetricName::help of the first registration
  MetricKind kind;                   ///< of all its series
  std::vector<MetricSeries> series;  ///< 1 or more, sorted by labels
};

/// The bounds of a registry.
struct MetricsLimits {
  /// Series at once. Default 65,536: those of a node with 1,000 peers, 47 for each. Each costs about 300 bytes here.
  std::size_t series_max = 65'536;
  std::size_t label_bytes_max = 1'024;  ///< bytes of one label's value, such as a peer's id
};

/// The registry.
class Metrics {
 public:
  class Registration;

  /// A registry with the series `metrics_series` and `metrics_refused_total` of its own.
  explicit Metrics(const MetricsLimits& limits = {});
  Metrics(const Metrics&) = delete;
  Metrics& operator=(const Metrics&) = delete;

  /// Registers the counter `value`, which only grows.
  [[nodiscard]] Registration counter(const MetricName& name, MetricLabels labels, const std::uint64_t& value);
  Registration counter(const MetricName& name, MetricLabels labels, const std::uint64_t&& value) = delete;
  /// Registers the counter that `value` returns. snapshot() calls it.
  [[nodiscard]] Registration counter(const MetricName& name, MetricLabels labels, std::function<std::uint64_t()> value);

  /// Registers the gauge `value`.
  [[nodiscard]] Registration gauge(const MetricName& name, MetricLabels labels, const Gauge& value);
  Registration gauge(const MetricName& name, MetricLabels labels, const Gauge&& value) = delete;
  /// Registers the gauge that `value` returns, such as an age or a state. snapshot() calls it.
  [[nodiscard]] Registration gauge(const MetricName& name, MetricLabels labels, std::function<double()> value);

  /// Registers the histogram `value`. snapshot() copies it.
  [[nodiscard]] Registration histogram(const MetricName& name, MetricLabels labels, const LatencyHistogram& value);
  Registration histogram(const MetricName& name, MetricLabels labels, const LatencyHistogram&& value) = delete;

  /// All registered series with their present values; sorted by name, then by labels.
  std::vector<MetricFamily> snapshot() const;

  std::size_t series() const noexcept { return series_; }                  ///< registered series, with its own two
  std::uint64_t refused_total() const noexcept { return refused_total_; }  ///< refused registrations

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
  Registration(Registration&& other) noexcept { *this = std::move(other); }  ///< takes over the series of `other`
  Registration& operator=(Registration&& other) noexcept;                    ///< releases its own series first
  ~Registration() { release(); }

  /// Ends the registration early.
  void release() noexcept;

  /// Why the registration was refused, in one printable line; "" if it was not.
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
///   of a gauge      value, and peak if it has one; null for a value that is not finite
///   of a histogram  count, sum_ms, min_ms, p50_ms, p90_ms, p99_ms, p999_ms, max_ms
/// Texts are repaired to UTF-8, so dump() cannot fail.
nlohmann::ordered_json to_json(const std::vector<MetricFamily>& snapshot);

/// A snapshot in the text format 0.0.4 of Prometheus (https://prometheus.io/docs/instrumenting/exposition_formats/), to
/// be served as "text/plain; version=0.0.4", with `prefix` before every name. A gauge's peak is a gauge of its own,
/// named …_peak. A histogram is in milliseconds, with one bucket for each doubling from 1 us to 69 s; these counts are
/// exact. The text has about 100 bytes for each series, 2 KiB for a histogram.
std::string to_prometheus(const std::vector<MetricFamily>& snapshot, std::string_view prefix = "exocast_");

}  // namespace exocast
