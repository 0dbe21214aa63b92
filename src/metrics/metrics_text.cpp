// SPDX-License-Identifier: Apache-2.0
#include <cmath>
#include <iterator>
#include <type_traits>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "exocast/metrics.h"

namespace exocast {
namespace {

constexpr unsigned first_bucket_bits = 10;  // 1 us
constexpr unsigned last_bucket_bits = 36;   // 69 s

double to_ms(Duration duration) noexcept { return std::chrono::duration<double, std::milli>(duration).count(); }

void put(nlohmann::ordered_json& series, std::uint64_t value) { series["value"] = value; }

void put(nlohmann::ordered_json& series, const Gauge& gauge) {
  series["value"] = gauge.value();
  series["peak"] = gauge.peak();
}

void put(nlohmann::ordered_json& series, double value) {
  series["value"] = std::isfinite(value) ? nlohmann::ordered_json(value) : nlohmann::ordered_json(nullptr);
}

void put(nlohmann::ordered_json& series, const std::shared_ptr<const LatencyHistogram>& histogram) {
  series["count"] = histogram->count();
  series["sum_ms"] = histogram->sum_ms();
  series["min_ms"] = to_ms(histogram->min());
  series["p50_ms"] = to_ms(histogram->quantile(0.5));
  series["p90_ms"] = to_ms(histogram->quantile(0.9));
  series["p99_ms"] = to_ms(histogram->quantile(0.99));
  series["p999_ms"] = to_ms(histogram->quantile(0.999));
  series["max_ms"] = to_ms(histogram->max());
}

/// `text` as the format requires; in a label's value quotes are escaped, too.
std::string escaped(std::string_view text, bool in_quotes) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\\' || (in_quotes && c == '"')) out += '\\';
    out += c;
  }
  return out;
}

std::string number(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "+Inf" : "-Inf";
  return fmt::format("{}", value);
}

/// Writes the metrics of one family after another.
class Text {
 public:
  explicit Text(std::string_view prefix) : prefix_(prefix) {}

  void family(const MetricFamily& family) {
    head(family.name, "", to_string(family.kind), family.help);
    bool has_peaks = false;
    for (const MetricSeries& series : family.series) {
      std::visit([&](const auto& value) { sample(family.name, labels(series), value); }, series.value);
      has_peaks = has_peaks || std::holds_alternative<Gauge>(series.value);
    }
    if (!has_peaks) return;
    head(family.name, "_peak", "gauge", "The highest since the start: " + family.help);
    for (const MetricSeries& series : family.series) {
      const auto* gauge = std::get_if<Gauge>(&series.value);
      if (gauge != nullptr) line(family.name, "_peak", labels(series), "", gauge->peak());
    }
  }

  std::string take() { return std::move(text_); }

 private:
  /// `peer="n1",class="tokens"`
  static std::string labels(const MetricSeries& series) {
    std::string all;
    for (const auto& [label, value] : series.labels) {
      fmt::format_to(std::back_inserter(all), "{}{}=\"{}\"", all.empty() ? "" : ",", label, escaped(value, true));
    }
    return all;
  }

  void head(std::string_view name, std::string_view suffix, std::string_view kind, std::string_view help) {
    fmt::format_to(std::back_inserter(text_), "# HELP {0}{1}{2} {3}\n# TYPE {0}{1}{2} {4}\n", prefix_, name, suffix,
                   escaped(help, false), kind);
  }

  template <class Value>
  void line(std::string_view name, std::string_view suffix, std::string_view labels, std::string_view more_labels,
            const Value& value) {
    fmt::format_to(std::back_inserter(text_), "{}{}{}", prefix_, name, suffix);
    if (!labels.empty() || !more_labels.empty()) {
      const bool both = !labels.empty() && !more_labels.empty();
      fmt::format_to(std::back_inserter(text_), "{{{}{}{}}}", labels, both ? "," : "", more_labels);
    }
    fmt::format_to(std::back_inserter(text_), " {}\n", value);
  }

  void sample(std::string_view name, const std::string& labels, std::uint64_t value) {
    line(name, "", labels, "", value);
  }
  void sample(std::string_view name, const std::string& labels, const Gauge& gauge) {
    line(name, "", labels, "", gauge.value());
  }
  void sample(std::string_view name, const std::string& labels, double value) {
    line(name, "", labels, "", number(value));
  }
  void sample(std::string_view name, const std::string& labels,
              const std::shared_ptr<const LatencyHistogram>& histogram) {
    for (unsigned bits = first_bucket_bits; bits <= last_bucket_bits; ++bits) {
      const auto most = Duration((std::int64_t{1} << bits) - 1);
      line(name, "_bucket", labels, fmt::format("le=\"{}\"", number(to_ms(most))), histogram->count_below_power(bits));
    }
    line(name, "_bucket", labels, "le=\"+Inf\"", histogram->count());
    line(name, "_sum", labels, "", number(histogram->sum_ms()));
    line(name, "_count", labels, "", histogram->count());
  }

  std::string_view prefix_;
  std::string text_;
};

}  // namespace

nlohmann::ordered_json to_json(const std::vector<MetricFamily>& snapshot) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const MetricFamily& family : snapshot) {
    nlohmann::ordered_json listed = nlohmann::ordered_json::array();
    for (const MetricSeries& series : family.series) {
      nlohmann::ordered_json labels = nlohmann::ordered_json::object();
      for (const auto& [label, value] : series.labels) labels[label] = value;
      nlohmann::ordered_json& one = listed.emplace_back(nlohmann::ordered_json{{"labels", std::move(labels)}});
      std::visit([&one](const auto& value) { put(one, value); }, series.value);
    }
    all.push_back({{"name", family.name},
                   {"kind", to_string(family.kind)},
                   {"help", family.help},
                   {"series", std::move(listed)}});
  }
  return all;
}

std::string to_prometheus(const std::vector<MetricFamily>& snapshot, std::string_view prefix) {
  Text text(prefix);
  for (const MetricFamily& family : snapshot) text.family(family);
  return text.take();
}

}  // namespace exocast
