// SPDX-License-Identifier: Apache-2.0
#include "bench/load/load.h"

#include <nlohmann/json.hpp>

#include "bench/fanout/machine.h"
#include "bench/load/ranges_json.h"

namespace exocast::bench {

std::string to_line(const Load& load) {
  return nlohmann::json{{"rate_hz", load.rate_hz},
                        {"messages", load.messages},
                        {"watched", load.watched},
                        {"window", load.window},
                        {"patience_s", load.patience_s}}
      .dump();
}

Load load_of(const std::string& line) {
  const auto load = nlohmann::json::parse(line);
  return {.rate_hz = load.at("rate_hz"),
          .messages = load.at("messages"),
          .watched = load.at("watched"),
          .window = load.at("window"),
          .patience_s = load.at("patience_s")};
}

std::string to_line(const Loaded& loaded) {
  return nlohmann::json{{"wall_ns", loaded.sample.wall_ns},
                        {"cpu_ns", loaded.sample.cpu_ns},
                        {"published", loaded.published},
                        {"refused", loaded.refused},
                        {"answered", loaded.answered},
                        {"failed", loaded.failed},
                        {"p50_ns", loaded.p50_ns},
                        {"p99_ns", loaded.p99_ns},
                        {"p999_ns", loaded.p999_ns},
                        {"memory_start_bytes", loaded.memory_start_bytes},
                        {"memory_peak_bytes", loaded.memory_peak_bytes},
                        {"queue_messages_peak", loaded.queue_messages_peak},
                        {"queue_bytes_peak", loaded.queue_bytes_peak},
                        {"queue_messages_max", loaded.queue_messages_max},
                        {"queue_bytes_max", loaded.queue_bytes_max},
                        {"undelivered", loaded.undelivered}}
      .dump();
}

Loaded loaded_of(const std::string& line) {
  const auto loaded = nlohmann::json::parse(line);
  return {.sample = {.wall_ns = loaded.at("wall_ns"), .cpu_ns = loaded.at("cpu_ns")},
          .published = loaded.at("published"),
          .refused = loaded.at("refused"),
          .answered = loaded.at("answered"),
          .failed = loaded.value("failed", std::uint64_t{0}),
          .p50_ns = loaded.at("p50_ns"),
          .p99_ns = loaded.at("p99_ns"),
          .p999_ns = loaded.at("p999_ns"),
          .memory_start_bytes = loaded.at("memory_start_bytes"),
          .memory_peak_bytes = loaded.at("memory_peak_bytes"),
          .queue_messages_peak = loaded.value("queue_messages_peak", std::size_t{0}),
          .queue_bytes_peak = loaded.value("queue_bytes_peak", std::size_t{0}),
          .queue_messages_max = loaded.value("queue_messages_max", std::size_t{0}),
          .queue_bytes_max = loaded.value("queue_bytes_max", std::size_t{0}),
          .undelivered = loaded.at("undelivered")};
}

LoadRecord::LoadRecord(const Load& load, std::uint64_t first_number, std::vector<OrderCheck>& answers)
    : load_(load),
      first_number_(first_number),
      answers_(answers),
      sent_ns_(load.messages, 1.0),  // written now, so that measuring does not grow the measured memory
      interval_ns_(load.rate_hz > 0 ? 1e9 / load.rate_hz : 0) {
  sent_ns_.clear();
  reset_memory_peak();
  memory_start_bytes_ = memory_peak_bytes();
  start_cpu_ns_ = process_cpu_ns();
  start_ns_ = wall_clock_ns();
}

std::uint64_t LoadRecord::sent() {
  sent_ns_.push_back(wall_clock_ns());
  return first_number_ + sent_ns_.size() - 1;
}

void LoadRecord::taken_back() noexcept {
  sent_ns_.pop_back();
  ++refused_;
}

void LoadRecord::answered(std::size_t receiver, std::uint64_t number, double now_ns) {
  answers_[receiver].note(number);
  const std::uint64_t index = number - first_number_;  // of an earlier load: wraps to a huge value
  if (receiver >= load_.watched || index >= sent_ns_.size()) return;
  latencies_.add(now_ns - sent_ns_[index]);
  ++answered_;
}

Loaded LoadRecord::finish() const {
  Loaded loaded{.sample = {.wall_ns = wall_clock_ns() - start_ns_, .cpu_ns = process_cpu_ns() - start_cpu_ns_},
                .published = first_number_ + sent_ns_.size(),
                .refused = refused_,
                .answered = answered_,
                .failed = failed_,
                .p50_ns = latencies_.percentile_ns(0.5),
                .p99_ns = latencies_.percentile_ns(0.99),
                .p999_ns = latencies_.percentile_ns(0.999),
                .memory_start_bytes = memory_start_bytes_,
                .memory_peak_bytes = memory_peak_bytes()};
  for (const OrderCheck& answers : answers_) loaded.undelivered.push_back(answers.heard(loaded.published).missing);
  return loaded;
}

}  // namespace exocast::bench
