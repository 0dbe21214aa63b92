// SPDX-License-Identifier: Apache-2.0
#include "bench/stream_bench.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include <fmt/format.h>

#include "bench/load/load_cluster.h"

namespace exocast::bench {
namespace {

constexpr std::size_t receivers = 8;
constexpr std::size_t last = receivers - 1;
constexpr double engine_rate_hz = 200;   // tokens a second of one model
constexpr double memory_rate_hz = 1000;  // behind a receiver that stays stopped
constexpr double mebibyte = 1048576;

std::uint64_t messages_in(double seconds, double rate_hz) {
  return std::max<std::uint64_t>(1, static_cast<std::uint64_t>(seconds * rate_hz));
}

void sleep_s(double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }

class Stream {
 public:
  Stream(const StreamBench& options, Table& table) : options_(options), table_(table) {}

  void unpaced(const LoadSystem& system, std::uint64_t window, std::optional<double> target);
  void paced(const LoadSystem& system);
  void stopped_for_a_while(const LoadSystem& system);
  void stopped_for_good(const LoadSystem& system);

  bool is_built(const PeerSystem& peer) const { return bench::is_built(peer, options_.peers, !options_.quick); }

 private:
  struct Reference {
    std::string name;
    double value = 0;
  };

  void add(std::string name, double value, const char* unit, std::optional<Reference> reference = std::nullopt) {
    Row row{.name = std::move(name), .n = receivers, .value = value, .unit = unit};
    if (reference) {
      row.reference = std::move(reference->name);
      row.reference_value = reference->value;
    }
    table_.add(std::move(row));
  }
  void add_count(std::string name, std::uint64_t value, std::optional<Reference> reference = std::nullopt) {
    add(std::move(name), static_cast<double>(value), "messages", std::move(reference));
  }
  /// Rows with the errors of all receivers together.
  void add_faults(const std::string& name, LoadCluster& cluster, std::uint64_t published);
  void add_memory(const std::string& name, const Loaded& loaded);

  const StreamBench& options_;
  Table& table_;
  std::optional<Reference> paced_reference_;
};

void Stream::add_faults(const std::string& name, LoadCluster& cluster, std::uint64_t published) {
  std::uint64_t lost = 0;
  std::uint64_t inversions = 0;
  std::uint64_t duplicates = 0;
  for (std::size_t i = 0; i < receivers; ++i) {
    const Heard heard = cluster.heard(i, published);
    lost += count_of(heard.missing);
    inversions += heard.inversions;
    duplicates += heard.duplicates;
  }
  add_count(name + ", lost", lost);
  add_count(name + ", inversions", inversions);
  add_count(name + ", duplicates", duplicates);
}

void Stream::add_memory(const std::string& name, const Loaded& loaded) {
  const double growth = static_cast<double>(loaded.memory_peak_bytes) - static_cast<double>(loaded.memory_start_bytes);
  std::optional<Reference> limit;
  if (loaded.queue_bytes_max > 0) {
    limit = {.name = "a lane's limit", .value = static_cast<double>(loaded.queue_bytes_max) / mebibyte};
  }
  add(name + ", memory growth", std::max(0.0, growth) / mebibyte, "MiB", std::move(limit));
}

void Stream::unpaced(const LoadSystem& system, std::uint64_t window, std::optional<double> target) {
  LoadCluster cluster(system, receivers, options_.peers);
  Load load{.messages = 200, .watched = receivers, .window = window};
  const auto rate_of = [](const Loaded& loaded) {
    return static_cast<double>(loaded.answered) / receivers / loaded.sample.wall_ns * 1e9;
  };
  if (!options_.quick) {
    // The number of messages that takes about the wanted time: from a short run, then a longer, warm one.
    for (const double share : {0.02, 1.0}) {
      const double rate = rate_of(cluster.send(load));
      load.messages = std::clamp<std::uint64_t>(messages_in(options_.seconds * share, rate), 200, 5'000'000);
    }
  }
  const Loaded loaded = cluster.send(load);
  const std::string name = system.name + ", unpaced";
  std::optional<Reference> reference;
  if (target) reference = {.name = "target", .value = *target};
  add(name, rate_of(loaded), "tokens/s", std::move(reference));
  add(name + ", sender CPU", loaded.sample.cpu_ns / 1e3 / static_cast<double>(load.messages), "us/token");
  add_faults(name, cluster, loaded.published);
  add_memory(name, loaded);
}

void Stream::paced(const LoadSystem& system) {
  LoadCluster cluster(system, receivers, options_.peers);
  const Load load{
      .rate_hz = engine_rate_hz, .messages = messages_in(options_.seconds, engine_rate_hz), .watched = receivers};
  const Loaded loaded = cluster.send(load);
  const std::string name = fmt::format("{}, {} tokens/s", system.name, engine_rate_hz);
  const double cpu_us = loaded.sample.cpu_ns / 1e3 / static_cast<double>(load.messages);
  add(name + ", sender CPU", cpu_us, "us/token", paced_reference_);
  add(name + ", p50", loaded.p50_ns / 1e3, "us");
  add(name + ", p99", loaded.p99_ns / 1e3, "us");
  if (&system == &raw_load()) paced_reference_ = {.name = system.name, .value = cpu_us};
}

void Stream::stopped_for_a_while(const LoadSystem& system) {
  LoadCluster cluster(system, receivers, options_.peers);
  const double stopped_s = options_.seconds;
  cluster.begin(
      {.rate_hz = engine_rate_hz, .messages = messages_in(2 * stopped_s, engine_rate_hz), .watched = receivers});
  sleep_s(stopped_s / 2);
  cluster.afflict(last, Fault::stopped);
  sleep_s(stopped_s);
  cluster.resume(last);
  const Loaded loaded = cluster.end();

  const Heard heard = cluster.heard(last, loaded.published);
  const std::vector<Range>& reported = loaded.undelivered[last];
  const std::string name = fmt::format("{}, a peer stopped for {} s", system.name, stopped_s);
  add_count(name + ", received", heard.received,
            Reference{.name = "published", .value = static_cast<double>(loaded.published)});
  add_count(name + ", missing", count_of(heard.missing));
  add_count(name + ", missing, unreported", count_of(difference(heard.missing, reported)));
  add_count(name + ", inversions", heard.inversions);
  add_count(name + ", duplicates", heard.duplicates);
}

void Stream::stopped_for_good(const LoadSystem& system) {
  LoadCluster cluster(system, receivers, options_.peers);
  const double seconds = options_.seconds * 6;
  cluster.afflict(last, Fault::stopped);
  const Loaded loaded = cluster.send(
      {.rate_hz = memory_rate_hz, .messages = messages_in(seconds, memory_rate_hz), .watched = last, .patience_s = 5});
  const std::string name = fmt::format("{}, a peer stopped, {:g} s at {:g}/s", system.name, seconds, memory_rate_hz);
  add_memory(name, loaded);
  const auto of_limit = [](std::size_t limit, double unit) {
    return Reference{.name = "a lane's limit", .value = static_cast<double>(limit) / unit};
  };
  add_count(name + ", queued", loaded.queue_messages_peak, of_limit(loaded.queue_messages_max, 1));
  add(name + ", queued bytes", static_cast<double>(loaded.queue_bytes_peak) / mebibyte, "MiB",
      of_limit(loaded.queue_bytes_max, mebibyte));
  add_count(name + ", others", loaded.answered,
            Reference{.name = "published to them", .value = static_cast<double>(last * (loaded.published - 1))});
}

}  // namespace

void bench_stream(const StreamBench& options, Table& table) {
  StreamBench told = options;
  if (told.quick) told.seconds = 0.5;
  Stream stream(told, table);
  stream.unpaced(native_load(), 8192, 100'000);
  stream.unpaced(exo_load(), 8192, 10'000);
  for (const PeerSystem* peer : {&zeromq(), &nats(), &redis(), &mosquitto(), &grpc_aio()}) {
    if (stream.is_built(*peer)) stream.unpaced(peer_load(*peer), peer->window, std::nullopt);
  }
  stream.paced(raw_load());
  for (const LoadSystem& system : {native_load(), exo_load()}) stream.paced(system);
  if (stream.is_built(grpc_aio())) stream.paced(peer_load(grpc_aio()));
  for (const LoadSystem& system : {native_load(), exo_load()}) stream.stopped_for_a_while(system);
  for (const LoadSystem& system : {native_load(), exo_load()}) stream.stopped_for_good(system);
}

}  // namespace exocast::bench
