// SPDX-License-Identifier: Apache-2.0
#pragma once
// Metrics in the two forms that programs read: JSON, and the text format of Prometheus.
//
// Pure functions of a snapshot, safe from any thread.

#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "exocast/metrics.h"

namespace exocast {

/// [{name, kind, help, series: [{labels: {…}, …}, …]}, …], where a series has, after its labels,
///   of a counter    value
///   of a gauge      value, and peak if it has one; null for what is no finite number
///   of a histogram  count, sum_ms, min_ms, p50_ms, p90_ms, p99_ms, p999_ms, max_ms
/// Texts are repaired to UTF-8, so dump() cannot fail.
nlohmann::ordered_json to_json(const std::vector<MetricFamily>& snapshot);

/// The text format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/), to be served as
/// "text/plain; version=0.0.4", with `prefix` before every name. A gauge's peak is a gauge of its own, named …_peak. A
/// histogram is in milliseconds, with a bucket up to each power of two of nanoseconds, less one, from 1 us to 69 s;
/// these counts are exact. Bounded by the registry: about 100 bytes a series, 2 KiB if it is a histogram.
std::string to_prometheus(const std::vector<MetricFamily>& snapshot, std::string_view prefix = "exocast_");

}  // namespace exocast
