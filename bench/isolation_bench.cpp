// SPDX-License-Identifier: Apache-2.0
#include "bench/isolation_bench.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "bench/load/load_cluster.h"

namespace exocast::bench {
namespace {

constexpr std::size_t receivers = 8;
constexpr double rate_hz = 1000;
constexpr std::uint64_t saturated_messages = 20'000;  // to measure the maximal rate
constexpr const char* healthy_name = "all healthy";

/// The same load twice: without faults, then with faulty receivers.
struct Pair {
  Loaded healthy;
  Loaded faulty;
  std::size_t watched = 1;
  double p99_ratio() const noexcept { return faulty.p99_ns / std::max(healthy.p99_ns, 1.0); }
  double throughput_ratio() const noexcept { return throughput(faulty) / std::max(throughput(healthy), 1e-9); }

  /// Answered messages per second and healthy receiver.
  double throughput(const Loaded& loaded) const noexcept {
    return static_cast<double>(loaded.answered) / static_cast<double>(watched) / loaded.sample.wall_ns * 1e9;
  }
};

class Isolation {
 public:
  Isolation(const IsolationBench& options, LoadSystem system, Table& table)
      : options_(options), system_(std::move(system)), table_(table) {}

  /// One more pair of runs of this case.
  void measure(Fault fault, std::size_t count) { now_.push_back(run(fault, count)); }

  /// Adds the rows of the case that was measured last.
  void add(Fault fault, std::size_t count) {
    std::ranges::sort(now_, {}, options_.saturate ? &Pair::throughput_ratio : &Pair::p99_ratio);
    add(fmt::format("{}, {} {}", name(), count, to_string(fault)), now_[now_.size() / 2]);
    pairs_.insert(pairs_.end(), std::make_move_iterator(now_.begin()), std::make_move_iterator(now_.end()));
    now_.clear();
  }

  /// Adds the medians of all runs without a fault.
  void add_healthy() {
    const auto row = [&](const char* what, const char* unit, auto value_of) {
      std::vector<double> values;
      values.reserve(pairs_.size());
      for (const Pair& pair : pairs_) values.push_back(value_of(pair));
      table_.add({.name = fmt::format("{}, {}, {}", name(), healthy_name, what),
                  .n = receivers,
                  .value = median(std::move(values)),
                  .unit = unit});
    };
    row("p50", "us", [](const Pair& pair) { return pair.healthy.p50_ns / 1e3; });
    row("p99", "us", [](const Pair& pair) { return pair.healthy.p99_ns / 1e3; });
    row("p99.9", "us", [](const Pair& pair) { return pair.healthy.p999_ns / 1e3; });
    row("throughput", "1/s", [](const Pair& pair) { return pair.throughput(pair.healthy); });
  }

 private:
  Pair run(Fault fault, std::size_t count) const {
    LoadCluster cluster(system_, receivers, options_.peers);
    if (options_.saturate) return run_saturated(cluster, fault, count);
    // Receivers that will be faulty are not measured in the healthy run either, because the order in which a sender
    // serves its receivers affects the latency.
    const Load load{.rate_hz = rate_hz,
                    .messages = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(options_.seconds * rate_hz)),
                    .watched = receivers - count,
                    .patience_s = options_.seconds};
    Load warm = load;
    warm.messages = std::max<std::uint64_t>(1, load.messages / 10);
    cluster.send(warm);
    return run(cluster, load, fault, count);
  }

  static Pair run(LoadCluster& cluster, const Load& load, Fault fault, std::size_t count) {
    Pair pair{.healthy = cluster.send(load), .faulty = {}, .watched = load.watched};
    for (std::size_t i = receivers - count; i < receivers; ++i) cluster.afflict(i, fault);
    pair.faulty = cluster.send(load);
    return pair;
  }

  /// Unpaced. Our sender uses only its own bounds. The others use the load's window, because they have no bounds or
  /// drop what exceeds them.
  Pair run_saturated(LoadCluster& cluster, Fault fault, std::size_t count) const {
    Load load{.rate_hz = 0,
              .messages = options_.quick ? saturated_messages / 10 : saturated_messages,
              .watched = receivers - count,
              .patience_s = 20};
    load.window = system_.peer == nullptr ? load_window_none : system_.peer->window;
    const Loaded warm = cluster.send(load);
    load.messages = std::max(load.messages, static_cast<std::uint64_t>(options_.seconds * 1e9 / warm.sample.wall_ns *
                                                                       static_cast<double>(load.messages)));
    return run(cluster, load, fault, count);
  }

  std::string name() const { return system_.name + (options_.saturate ? ", unpaced" : ""); }

  void add(const std::string& name, const Pair& pair) {
    const auto row = [&](const char* what, const char* unit, double value, double healthy) {
      table_.add({.name = fmt::format("{}, {}", name, what),
                  .n = receivers,
                  .value = value,
                  .unit = unit,
                  .reference = healthy_name,
                  .reference_value = healthy});
    };
    row("p50", "us", pair.faulty.p50_ns / 1e3, pair.healthy.p50_ns / 1e3);
    row("p99", "us", pair.faulty.p99_ns / 1e3, pair.healthy.p99_ns / 1e3);
    row("p99.9", "us", pair.faulty.p999_ns / 1e3, pair.healthy.p999_ns / 1e3);
    row("throughput", "1/s", pair.throughput(pair.faulty), pair.throughput(pair.healthy));
  }

  const IsolationBench& options_;
  LoadSystem system_;
  Table& table_;
  std::vector<Pair> now_;    // of the case that is being measured
  std::vector<Pair> pairs_;  // of the cases before
};

LoadSystem system_of(const std::string& name) {
  if (name == "native") return native_load();
  if (name == "exo") return exo_load();
  if (name == "zeromq") return peer_load(zeromq());
  if (name == "nats") return peer_load(nats());
  if (name == "redis") return peer_load(redis());
  if (name == "mosquitto") return peer_load(mosquitto());
  throw std::invalid_argument("there is no system " + name);
}

}  // namespace

std::vector<std::string> isolation_systems() { return {"native", "exo", "zeromq", "nats", "redis", "mosquitto"}; }

void bench_isolation(const IsolationBench& options, Table& table) {
  IsolationBench told = options;
  if (told.quick) told.seconds = 0.2;
  if (told.systems.empty()) {
    told.systems = told.saturate ? isolation_systems() : std::vector<std::string>{"native", "zeromq", "nats"};
  }
  std::vector<Isolation> systems;
  for (const std::string& name : told.systems) {
    LoadSystem system = system_of(name);
    if (system.peer != nullptr && !is_built(*system.peer, told.peers, !told.quick)) continue;
    systems.emplace_back(told, std::move(system), table);
  }
  // The systems take turns, so that whatever else the machine does affects all of them.
  const std::vector<std::size_t> counts = told.quick ? std::vector<std::size_t>{1} : std::vector<std::size_t>{1, 2, 4};
  for (const Fault fault : {Fault::slow, Fault::stopped, Fault::black_holed}) {
    for (const std::size_t count : counts) {
      for (std::size_t round = 0; round < told.rounds; ++round) {
        for (Isolation& system : systems) system.measure(fault, count);
      }
      for (Isolation& system : systems) system.add(fault, count);
    }
  }
  for (Isolation& system : systems) system.add_healthy();
}

}  // namespace exocast::bench
