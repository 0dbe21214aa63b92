// SPDX-License-Identifier: Apache-2.0
#include "bench/fanout/broadcast_sender.h"

#include <algorithm>
#include <ranges>
#include <stdexcept>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bench/fanout/machine.h"
#include "bench/load/load_links.h"
#include "exocast/broadcaster.h"
#include "exocast/gather/gather.h"
#include "tools/exocast/demo/one_by_one.h"

namespace exocast::bench {
namespace {

void check(const Report& report) {
  if (report.satisfied) return;
  const PeerReport* error = report.first_error();
  throw std::runtime_error(error != nullptr
                               ? fmt::format("{}: {}", error->peer, to_string(Status{error->code, error->error}))
                               : "not everyone got it");
}

double p99(std::vector<double> latencies) {
  const std::size_t index = (latencies.size() - 1) * 99 / 100;
  std::ranges::nth_element(latencies, latencies.begin() + static_cast<std::ptrdiff_t>(index));
  return latencies[index];
}

/// The sending half of a node: loop, client, links and broadcaster.
class BroadcastSender : public Sender {
 public:
  explicit BroadcastSender(const SenderOptions& options)
      : options_(options),
        links_(LoadLinks::make(options.link, loop_)),
        roster_(make_roster()),
        broadcaster_(loop_, roster_) {
    broadcast_options_.timeout = send_timeout;
    broadcast_options_.limit = options.limit;
  }

  Sent send(std::size_t rounds) final {
    Sent sent;
    if (const auto outcome = loop_.run(send_rounds(rounds, sent)); outcome.exception()) {
      std::rethrow_exception(outcome.exception());
    }
    sent.in_flight_peak = broadcaster_.metrics().sends.in_flight_peak;
    return sent;
  }

 protected:
  /// The part that differs between the kinds. Time is measured inside the loop, because a node is always inside it.
  virtual task<void> send_rounds(std::size_t rounds, Sent& sent) = 0;

  const SenderOptions& options() const noexcept { return options_; }
  const Roster& roster() const noexcept { return roster_; }
  task<Report> broadcast(const Message& message = bench_message()) {
    return broadcaster_.broadcast(message, broadcast_options_);
  }

 private:
  Roster make_roster() {
    std::vector<Destination> destinations;
    destinations.reserve(options_.n);
    for (std::size_t i = 0; i < options_.n; ++i) {
      destinations.push_back({.id = fmt::format("r{}", i),
                              .address = fmt::format("127.0.0.1:{}", options_.port),
                              .link = links_->to(options_.port),
                              .no_link_reason = {}});
    }
    return Roster::make(std::move(destinations)).value();
  }

  SenderOptions options_;
  AsioLoop loop_;
  std::unique_ptr<LoadLinks> links_;
  Roster roster_;
  Broadcaster broadcaster_;
  BroadcastOptions broadcast_options_;
};

class TimeTaken {
 public:
  Sample since() const noexcept {
    return {.wall_ns = wall_clock_ns() - wall_ns_, .cpu_ns = process_cpu_ns() - cpu_ns_};
  }

 private:
  double cpu_ns_ = process_cpu_ns();
  double wall_ns_ = wall_clock_ns();
};

class Concurrent final : public BroadcastSender {
 public:
  using BroadcastSender::BroadcastSender;

 private:
  task<void> send_rounds(std::size_t rounds, Sent& sent) override {
    const TimeTaken time;
    for (; rounds > 0; --rounds) check(co_await broadcast());
    sent.sample = time.since();
  }
};

class OneByOne final : public BroadcastSender {
 public:
  using BroadcastSender::BroadcastSender;

 private:
  task<void> send_rounds(std::size_t rounds, Sent& sent) override {
    const TimeTaken time;
    for (; rounds > 0; --rounds) {
      check(co_await broadcast_one_by_one(roster(), bench_message(), {.per_peer = send_timeout}));
    }
    sent.sample = time.since();
  }
};

/// Several concurrent broadcasts, `at_once` at a time. Each has its own request: those of one request would wait for
/// each other to keep their order.
class Burst final : public BroadcastSender {
 public:
  Burst(const SenderOptions& options, std::size_t at_once) : BroadcastSender(options), at_once_(at_once) {
    for (std::size_t i = 0; i < options.burst; ++i) {
      messages_.push_back(Message::token_result(fmt::format("{:032}", i), bench_message().tokens(), true).value());
    }
  }

 private:
  task<void> send_rounds(std::size_t rounds, Sent& sent) override {
    reset_memory_peak();
    std::vector<double> latencies;
    for (; rounds > 0; --rounds) {
      const TimeTaken time;
      const auto one = [&](const Message& message) -> task<void> {
        check(co_await broadcast(message));
        latencies.push_back(time.since().wall_ns);
      };
      const auto ended = co_await gather(messages_, one, {.limit = at_once_});
      for (const auto& outcome : ended.outcomes) {
        if (outcome.exception()) std::rethrow_exception(outcome.exception());
      }
      const Sample sample = time.since();
      sent.sample.wall_ns += sample.wall_ns;
      sent.sample.cpu_ns += sample.cpu_ns;
    }
    sent.latency_p99_ns = p99(std::move(latencies));
    sent.memory_peak_bytes = memory_peak_bytes();
  }

  std::size_t at_once_;
  std::vector<Message> messages_;
};

}  // namespace

std::unique_ptr<Sender> make_broadcast_sender(const SenderOptions& options) {
  if (options.kind == "broadcast") return std::make_unique<Concurrent>(options);
  if (options.kind == "one-by-one") return std::make_unique<OneByOne>(options);
  if (options.kind == "burst") return std::make_unique<Burst>(options, options.burst);
  if (options.kind == "sequence") return std::make_unique<Burst>(options, 1);
  throw std::invalid_argument("there is no sender " + options.kind);
}

}  // namespace exocast::bench
