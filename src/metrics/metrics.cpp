// SPDX-License-Identifier: Apache-2.0
#include "exocast/metrics.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.h"

namespace exocast {
namespace {

constexpr MetricName metrics_series = {"metrics_series", "Registered series, including this one."};
constexpr MetricName metrics_refused_total = {
    "metrics_refused_total", "Series that were refused: over the limit, registered already or under an invalid name."};

bool is_name(std::string_view name) noexcept {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  return !name.empty() && !digit(name.front()) && !name.starts_with("__") &&  // Prometheus reserves these
         std::ranges::all_of(name, [&](char c) { return letter(c) || digit(c); });
}

/// The names that a metric has in the text format: no two metrics may share one.
std::vector<std::string> printed_names(MetricKind kind, std::string_view name) {
  std::vector<std::string> names = {std::string(name)};
  if (kind == MetricKind::gauge) names.push_back(fmt::format("{}_peak", name));
  if (kind == MetricKind::histogram) {
    for (const char* suffix : {"_bucket", "_sum", "_count"}) names.push_back(fmt::format("{}{}", name, suffix));
  }
  return names;
}

}  // namespace

std::string_view to_string(MetricKind kind) noexcept {
  switch (kind) {
    case MetricKind::counter:
      return "counter";
    case MetricKind::gauge:
      return "gauge";
    case MetricKind::histogram:
      return "histogram";
  }
  return "unknown";
}

Metrics::Metrics(const MetricsLimits& limits) : limits_(limits) {
  own_.push_back(gauge(metrics_series, {}, [this] { return static_cast<double>(series_); }));
  own_.push_back(counter(metrics_refused_total, {}, refused_total_));
}

Metrics::Registration Metrics::counter(const MetricName& name, MetricLabels labels, const std::uint64_t& value) {
  return add(MetricKind::counter, name, std::move(labels), [&value] { return value; });
}

Metrics::Registration Metrics::counter(const MetricName& name, MetricLabels labels,
                                       std::function<std::uint64_t()> value) {
  return add(MetricKind::counter, name, std::move(labels), std::move(value));
}

Metrics::Registration Metrics::gauge(const MetricName& name, MetricLabels labels, const Gauge& value) {
  return add(MetricKind::gauge, name, std::move(labels), [&value] { return value; });
}

Metrics::Registration Metrics::gauge(const MetricName& name, MetricLabels labels, std::function<double()> value) {
  return add(MetricKind::gauge, name, std::move(labels), std::move(value));
}

Metrics::Registration Metrics::histogram(const MetricName& name, MetricLabels labels, const LatencyHistogram& value) {
  return add(MetricKind::histogram, name, std::move(labels),
             [&value] { return std::make_shared<const LatencyHistogram>(value); });
}

std::vector<MetricFamily> Metrics::snapshot() const {
  std::vector<MetricFamily> all;
  all.reserve(families_.size());
  for (const auto& [name, family] : families_) {
    MetricFamily& copy = all.emplace_back(name, family.help, family.kind);
    copy.series.reserve(family.entries.size());
    for (const auto& [labels, read] : family.entries) copy.series.emplace_back(labels, read());
  }
  return all;
}

Metrics::Registration Metrics::add(MetricKind kind, const MetricName& name, MetricLabels labels, Read&& read) {
  Registration registration;
  for (auto& [label, value] : labels) value = to_utf8(value);
  std::ranges::sort(labels);
  registration.refusal_ = fault(kind, name, labels);
  if (!registration.refusal_.empty()) {
    ++refused_total_;
    return registration;
  }
  const auto family = families_.try_emplace(std::string(name.name), to_utf8(name.help), kind).first;
  if (family->second.entries.empty()) {
    for (std::string& printed : printed_names(kind, name.name)) printed_.insert(std::move(printed));
  }
  registration.metrics_ = this;
  registration.family_ = family;
  registration.entry_ = family->second.entries.try_emplace(std::move(labels), std::move(read)).first;
  ++series_;
  return registration;
}

/// Why `name` with `labels`, which are sorted, cannot be registered; "" if it can.
std::string Metrics::fault(MetricKind kind, const MetricName& name, const MetricLabels& labels) const {
  if (!is_name(name.name)) return fmt::format("'{}' is no name for a metric", to_line(name.name));
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto& [label, value] = labels[i];
    if (!is_name(label) || label == "le") return fmt::format("'{}' is no name for a label", to_line(label));
    if (i > 0 && labels[i - 1].first == label) return fmt::format("the label {} is there twice", label);
    if (value.size() > limits_.label_bytes_max) {
      return fmt::format("the label {} has {} bytes, more than {}", label, value.size(), limits_.label_bytes_max);
    }
  }
  if (const auto known = families_.find(name.name); known != families_.end()) {
    if (known->second.kind != kind) return fmt::format("{} is a {} already", name.name, to_string(known->second.kind));
    if (known->second.entries.contains(labels)) return fmt::format("{} is registered with these labels", name.name);
  } else {
    for (const std::string& printed : printed_names(kind, name.name)) {
      if (printed_.contains(printed)) return fmt::format("the name {} is taken by another metric", printed);
    }
  }
  if (series_ >= limits_.series_max) return fmt::format("there are {} series already", series_);
  return {};
}

Metrics::Registration& Metrics::Registration::operator=(Registration&& other) noexcept {
  if (this == &other) return *this;
  release();
  metrics_ = std::exchange(other.metrics_, nullptr);
  family_ = other.family_;
  entry_ = other.entry_;
  refusal_ = std::move(other.refusal_);
  return *this;
}

void Metrics::Registration::release() noexcept {
  if (metrics_ == nullptr) return;
  Metrics& metrics = *std::exchange(metrics_, nullptr);
  --metrics.series_;
  family_->second.entries.erase(entry_);
  if (!family_->second.entries.empty()) return;
  for (const std::string& printed : printed_names(family_->second.kind, family_->first))
    metrics.printed_.erase(printed);
  metrics.families_.erase(family_);
}

}  // namespace exocast
