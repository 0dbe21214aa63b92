// SPDX-License-Identifier: Apache-2.0
#include "bench/fanout_bench.h"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "bench/fanout/receivers.h"
#include "bench/fanout/sender_process.h"
#include "bench/measure.h"
#include "bench/peer_cluster.h"
#include "bench/process.h"

namespace exocast::bench {
namespace {

constexpr Duration start_timeout = std::chrono::seconds(60);

/// Receivers in their own process; they accept a message after `delay_ms`.
class Receivers {
 public:
  explicit Receivers(int delay_ms)
      : process_(start_bench({"receivers", "--delay", fmt::format("{}ms", delay_ms)})),
        ports_(receiver_ports_of(process_.read_line(Deadline::after(Clock::now(), start_timeout)))) {}

  const ReceiverPorts& ports() const noexcept { return ports_; }

 private:
  Process process_;
  ReceiverPorts ports_;
};

/// The unit of rows: times in ns are divided by `divisor`.
struct Scale {
  std::string unit;
  double divisor;
};

std::string sender_cpu_of(const std::string& name) { return name + ", sender CPU"; }

constexpr const char* raw_name = "raw epoll";
constexpr const char* ours_name = "broadcast over gRPC";
constexpr const char* native_name = "broadcast over native";
constexpr const char* loop_name = "hand-written gRPC loop";

class Fanout {
 public:
  Fanout(const FanoutBench& options, Table& table) : options_(options), table_(table) {}

  void many_receivers(std::size_t n);
  void peers(std::size_t n);
  void slow_receivers(std::size_t n);
  void many_broadcasts(std::size_t burst, std::size_t n, bool slow);

 private:
  static constexpr int slow_ms = 20;

  Budget budget(double share) const {
    return {.seconds = options_.seconds * share, .rounds_min = options_.quick ? 1 : 5};
  }

  /// Enough consecutive rounds that each sender runs with warm caches.
  std::size_t rounds_at_once(std::size_t n) const { return std::max<std::size_t>(1, (options_.quick ? 64 : 1024) / n); }

  void add(std::string name, std::size_t n, const Compared& time, const Scale& scale, std::string reference) {
    table_.add({.name = std::move(name),
                .n = n,
                .value = time.value / scale.divisor,
                .unit = scale.unit,
                .reference = std::move(reference),
                .reference_value = time.reference / scale.divisor});
  }
  /// Wall and CPU time per receiver.
  void add_per_peer(const std::string& name, std::size_t n, const Comparison& time, const std::string& reference) {
    const Scale scale{.unit = "us/peer", .divisor = 1e3 * static_cast<double>(n)};
    add(name, n, time.wall_ns, scale, reference);
    add(sender_cpu_of(name), n, time.cpu_ns, scale, reference);
  }

  const FanoutBench& options_;
  Table& table_;
  Receivers prompt_{0};
  Receivers slow_{slow_ms};
};

void Fanout::many_receivers(std::size_t n) {
  SenderProcess ours({.kind = "broadcast", .port = prompt_.ports().exo, .n = n});
  SenderProcess one_by_one({.kind = "one-by-one", .port = prompt_.ports().exo, .n = n});
  SenderProcess loop({.kind = "grpc-loop", .port = prompt_.ports().exo, .n = n});
  SenderProcess native({.kind = "broadcast", .link = "native", .port = prompt_.ports().native, .n = n});
  SenderProcess raw({.kind = "raw", .port = prompt_.ports().raw, .n = n});
  const std::size_t rounds = rounds_at_once(n);

  add_per_peer(ours_name, n, compare(ours.runner(rounds), loop.runner(rounds), budget(1)), loop_name);
  add_per_peer("one by one over gRPC", n, compare(one_by_one.runner(1), ours.runner(rounds), budget(0.4)), ours_name);
  add_per_peer(native_name, n, compare(native.runner(rounds), raw.runner(rounds), budget(1)), raw_name);
  const Comparison with_raw = compare(loop.runner(rounds), raw.runner(rounds), budget(0.4));
  add_per_peer(loop_name, n, with_raw, raw_name);
  const double scale = 1e3 * static_cast<double>(n);
  table_.add({.name = raw_name, .n = n, .value = with_raw.wall_ns.reference / scale, .unit = "us/peer"});
  table_.add({.name = sender_cpu_of(raw_name), .n = n, .value = with_raw.cpu_ns.reference / scale, .unit = "us/peer"});
}

void Fanout::peers(std::size_t n) {
  SenderProcess ours({.kind = "broadcast", .link = "native", .port = prompt_.ports().native, .n = n});
  const std::size_t rounds = rounds_at_once(n);
  for (const PeerSystem* system : {&zeromq(), &nats(), &grpc_stream(), &grpc_aio()}) {
    if (!is_built(*system, options_.peers, !options_.quick)) continue;
    PeerCluster peer(
        *system, {.folder = options_.peers, .receivers = n, .one_process = true, .exo_ports = {prompt_.ports().exo}});
    std::size_t rounds_done = 0;
    const Runner runner = [&, run = peer.runner(rounds)] {
      rounds_done += rounds;
      return run();
    };
    const std::optional<double> broker_cpu_ns = peer.broker_cpu_ns();
    const std::string name = "peer: " + system->name;
    add_per_peer(name, n, compare(runner, ours.runner(rounds), budget(0.4)), native_name);
    if (!broker_cpu_ns) continue;
    table_.add({.name = name + ", server CPU",
                .n = n,
                .value = (*peer.broker_cpu_ns() - *broker_cpu_ns) / 1e3 / static_cast<double>(rounds_done * n),
                .unit = "us/peer"});
  }
}

void Fanout::slow_receivers(std::size_t n) {
  const Scale scale{.unit = "ms", .divisor = 1e6};
  const auto add_against_delay = [&](const std::string& name, double wall_ns) {
    add(fmt::format("{}, each takes {} ms", name, slow_ms), n, {.value = wall_ns, .reference = slow_ms * 1e6}, scale,
        fmt::format("{} ms", slow_ms));
  };
  SenderProcess ours({.kind = "broadcast", .port = slow_.ports().exo, .n = n, .limit = n});
  SenderProcess loop({.kind = "grpc-loop", .port = slow_.ports().exo, .n = n});
  const Compared wall = compare(ours.runner(1), loop.runner(1), budget(2)).wall_ns;
  add_against_delay(ours_name, wall.value);
  add_against_delay(loop_name, wall.reference);
  SenderProcess one_by_one({.kind = "one-by-one", .port = slow_.ports().exo, .n = n});
  add_against_delay("one by one over gRPC", one_by_one.send(1).sample.wall_ns);
}

void Fanout::many_broadcasts(std::size_t burst, std::size_t n, bool slow) {
  SenderOptions options{
      .kind = "sequence", .port = slow ? slow_.ports().exo : prompt_.ports().exo, .n = n, .burst = burst};
  SenderProcess sequence(options);
  options.kind = "burst";
  SenderProcess together(options);

  std::vector<double> p99;
  std::vector<double> sequence_p99;
  Sent last;
  Sent sequence_last;
  const std::size_t rounds = slow ? 1 : std::max<std::size_t>(1, (options_.quick ? 1 : 16) / burst);
  const auto runner = [rounds](SenderProcess& sender, Sent& last, std::vector<double>& p99) -> Runner {
    return [&sender, &last, &p99, rounds] {
      last = sender.send(rounds);
      p99.push_back(last.latency_p99_ns);
      return Sample{.wall_ns = last.sample.wall_ns / static_cast<double>(rounds), .cpu_ns = last.sample.cpu_ns};
    };
  };
  const Compared time =
      compare(runner(together, last, p99), runner(sequence, sequence_last, sequence_p99), budget(0.5)).wall_ns;

  const std::string name =
      fmt::format("{} broadcast{} at once{}", burst, burst > 1 ? "s" : "", slow ? ", slow receivers" : "");
  const std::string reference = "one after another";
  const auto row = [&](const char* what, const char* unit, double value, double against) {
    table_.add({.name = fmt::format("{}, {}", name, what),
                .n = n,
                .value = value,
                .unit = unit,
                .reference = reference,
                .reference_value = against});
  };
  const double deliveries = static_cast<double>(burst * n) * 1e9;
  row("throughput", "1/s", deliveries / time.value, deliveries / time.reference);
  row("p99", "ms", median(p99) / 1e6, median(sequence_p99) / 1e6);
  row("in flight", "sends", static_cast<double>(last.in_flight_peak),
      static_cast<double>(sequence_last.in_flight_peak));
  row("memory", "MiB", static_cast<double>(last.memory_peak_bytes) / 1048576,
      static_cast<double>(sequence_last.memory_peak_bytes) / 1048576);
}

}  // namespace

void bench_fanout(const FanoutBench& options, Table& table) {
  Fanout fanout(options, table);
  for (const std::size_t n : options.receivers) {
    fanout.many_receivers(n);
    fanout.peers(n);
  }
  fanout.slow_receivers(options.quick ? 16 : 256);
  for (const bool slow : {false, true}) {
    for (const std::size_t burst : {1, 8, 64}) fanout.many_broadcasts(burst, options.quick ? 4 : 64, slow);
  }
}

}  // namespace exocast::bench
