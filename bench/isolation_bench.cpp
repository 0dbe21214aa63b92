// SPDX-License-Identifier: Apache-2.0
#include "bench/isolation_bench.h"

#include <algorithm>
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
  double ratio() const noexcept { return faulty.p99_ns / std::max(healthy.p99_ns, 1.0); }
};

/// Answered messages per second and healthy receiver.
double throughput(const Loaded& loaded, std::size_t watched) {
  return static_cast<double>(loaded.answered) / static_cast<double>(watched) / loaded.sample.wall_ns * 1e9;
}

class Isolation {
 public:
  Isolation(const IsolationBench& options, const LoadSystem& system, Table& table)
      : options_(options), system_(system), table_(table) {}

  void measure() {
    const std::vector<std::size_t> counts =
        options_.quick ? std::vector<std::size_t>{1} : std::vector<std::size_t>{1, 2, 4};
    for (const Fault fault : {Fault::slow, Fault::stopped, Fault::black_holed}) {
      for (const std::size_t count : counts) measure(fault, count);
    }
    add_healthy();
  }

 private:
  void measure(Fault fault, std::size_t count) {
    std::vector<Pair> pairs;
    pairs.reserve(options_.rounds);
    for (std::size_t round = 0; round < options_.rounds; ++round) pairs.push_back(run(fault, count));
    std::ranges::sort(pairs, {}, &Pair::ratio);
    add(fmt::format("{}{}, {} {}", system_.name, options_.saturate ? ", unpaced" : "", count, to_string(fault)),
        pairs[pairs.size() / 2], receivers - count);
    for (Pair& pair : pairs) healthy_.push_back(std::move(pair.healthy));
  }

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
    Pair pair{.healthy = cluster.send(load), .faulty = {}};
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
    if (system_.peer == nullptr) load.window = load_window_none;
    const Loaded warm = cluster.send(load);
    load.messages = std::max(load.messages, static_cast<std::uint64_t>(options_.seconds * 1e9 / warm.sample.wall_ns *
                                                                       static_cast<double>(load.messages)));
    Pair pair{.healthy = cluster.send(load), .faulty = {}};
    for (std::size_t i = receivers - count; i < receivers; ++i) cluster.afflict(i, fault);
    pair.faulty = cluster.send(load);
    return pair;
  }

  void add(const std::string& name, const Pair& pair, std::size_t watched) {
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
    row("throughput", "1/s", throughput(pair.faulty, watched), throughput(pair.healthy, watched));
  }

  /// The median of all runs without a fault.
  void add_healthy() {
    const auto row = [&](const char* what, double Loaded::* time) {
      std::vector<double> times;
      times.reserve(healthy_.size());
      for (const Loaded& loaded : healthy_) times.push_back(loaded.*time);
      table_.add(
          {.name = fmt::format("{}{}, {}, {}", system_.name, options_.saturate ? ", unpaced" : "", healthy_name, what),
           .n = receivers,
           .value = median(std::move(times)) / 1e3,
           .unit = "us"});
    };
    row("p50", &Loaded::p50_ns);
    row("p99", &Loaded::p99_ns);
    row("p99.9", &Loaded::p999_ns);
  }

  const IsolationBench& options_;
  const LoadSystem& system_;
  Table& table_;
  std::vector<Loaded> healthy_;
};

LoadSystem system_of(const std::string& name) {
  if (name == "native") return native_load();
  if (name == "exo") return exo_load();
  if (name == "zeromq") return peer_load(zeromq());
  if (name == "nats") return peer_load(nats());
  throw std::invalid_argument("there is no system " + name);
}

}  // namespace

std::vector<std::string> isolation_systems() { return {"native", "exo", "zeromq", "nats"}; }

void bench_isolation(const IsolationBench& options, Table& table) {
  IsolationBench told = options;
  if (told.quick) told.seconds = 0.2;
  for (const std::string& name : told.systems) {
    const LoadSystem system = system_of(name);
    if (system.peer != nullptr && !is_built(*system.peer, told.peers, !told.quick)) continue;
    Isolation(told, system, table).measure();
  }
}

}  // namespace exocast::bench
