// SPDX-License-Identifier: Apache-2.0
#include "bench/load/load_cluster.h"

#include <csignal>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "bench/fanout/sender_process.h"

namespace exocast::bench {
namespace {

constexpr Duration start_timeout = std::chrono::seconds(60);
constexpr Duration answer_timeout = std::chrono::seconds(30);
/// Allowed time in addition to that of the messages at their rate and the patience.
constexpr double slack_s = 120;

std::string line_of(Process& process) { return process.read_line(Deadline::after(Clock::now(), start_timeout)); }

void expect_ready(Process& process) {
  if (const std::string line = line_of(process); line != "ready") throw std::runtime_error("not ready, but: " + line);
}

}  // namespace

const LoadSystem& native_load() {
  static const LoadSystem system{.name = "native", .link = "native"};
  return system;
}

const LoadSystem& exo_load() {
  static const LoadSystem system{.name = "link/exo", .link = "exo"};
  return system;
}

const LoadSystem& raw_load() {
  static const LoadSystem system{.name = "raw epoll", .link = "raw"};
  return system;
}

LoadSystem peer_load(const PeerSystem& peer) {
  return {.name = "peer: " + peer.short_name, .link = peer.hub == PeerSystem::Hub::exo ? "exo" : "", .peer = &peer};
}

const char* to_string(Fault fault) noexcept {
  switch (fault) {
    case Fault::slow:
      return "slow";
    case Fault::stopped:
      return "stopped";
    case Fault::black_holed:
      return "black-holed";
  }
  std::unreachable();
}

LoadCluster::LoadCluster(const LoadSystem& system, std::size_t receivers, const std::filesystem::path& peers) {
  std::vector<std::uint16_t> ports;
  if (!system.link.empty()) {
    for (std::size_t i = 0; i < receivers; ++i) {
      own_receivers_.push_back(start_bench({"load-receiver", "--link", system.link}));
    }
    for (Process& process : own_receivers_) {
      ports.push_back(nlohmann::json::parse(line_of(process)).at("port"));
      expect_ready(process);
    }
  }
  if (system.peer != nullptr) {
    PeerCluster& peer =
        peer_.emplace(*system.peer, PeerClusterOptions{.folder = peers, .receivers = receivers, .exo_ports = ports});
    sender_ = &peer.sender();
    receivers_ = ports.empty() ? &peer.receivers() : &own_receivers_;
    return;
  }
  own_sender_ = std::make_unique<Process>(
      start_bench({"load-sender", "--link", system.link, "--ports", fmt::format("{}", fmt::join(ports, ","))}));
  expect_ready(*own_sender_);
  sender_ = own_sender_.get();
  receivers_ = &own_receivers_;
}

LoadCluster::~LoadCluster() {
  for (const std::size_t index : stopped_) kill((*receivers_)[index].pid(), SIGCONT);
}

Loaded LoadCluster::send(const Load& load) {
  begin(load);
  return end();
}

void LoadCluster::begin(const Load& load) {
  const double paced_s = load.rate_hz > 0 ? static_cast<double>(load.messages) / load.rate_hz : 0;
  end_by_ = Deadline::after(Clock::now(), std::chrono::duration_cast<Duration>(
                                              std::chrono::duration<double>(paced_s + load.patience_s + slack_s)));
  sender_->write_line(to_line(load));
}

Loaded LoadCluster::end() { return loaded_of(sender_->read_line(end_by_)); }

void LoadCluster::afflict(std::size_t index, Fault fault) {
  switch (fault) {
    case Fault::slow:
      ask(index, fmt::format("delay {}", slow_delay / std::chrono::milliseconds(1)));
      return;
    case Fault::stopped:
      kill((*receivers_)[index].pid(), SIGSTOP);
      stopped_.push_back(index);
      return;
    case Fault::black_holed:
      ask(index, "hole");
      return;
  }
}

void LoadCluster::resume(std::size_t index) {
  kill((*receivers_)[index].pid(), SIGCONT);
  std::erase(stopped_, index);
}

Heard LoadCluster::heard(std::size_t index, std::uint64_t published) {
  return heard_of(ask(index, fmt::format("{}", published)));
}

std::string LoadCluster::ask(std::size_t index, const std::string& line) {
  Process& process = (*receivers_)[index];
  process.write_line(line);
  return process.read_line(Deadline::after(Clock::now(), answer_timeout));
}

}  // namespace exocast::bench
