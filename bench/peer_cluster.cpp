// SPDX-License-Identifier: Apache-2.0
#include "bench/peer_cluster.h"

#include <unistd.h>

#include <stdexcept>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "bench/fanout/machine.h"
#include "tools/cli/terminal.h"

namespace exocast::bench {
namespace {

constexpr Duration start_timeout = std::chrono::seconds(60);
constexpr Duration answer_timeout = std::chrono::minutes(2);

std::string line_of(Process& process) { return process.read_line(Deadline::after(Clock::now(), start_timeout)); }

void expect_ready(Process& process) {
  if (const std::string line = line_of(process); line != "ready") throw std::runtime_error("not ready, but: " + line);
}

Process start(const std::filesystem::path& folder, const std::string& name, std::vector<std::string> arguments) {
  auto process = Process::start(folder / name, std::move(arguments));
  if (!process) throw std::runtime_error(process.error());
  return *std::move(process);
}

}  // namespace

const PeerSystem& zeromq() {
  static const PeerSystem system{
      .name = "ZeroMQ ROUTER/DEALER",
      .short_name = "ZeroMQ",
      .programs = "zeromq",
      .hub = PeerSystem::Hub::sender,
      .window = 256};  // it drops what exceeds its queues of 1,000, and learns of free space only in steps of 500
  return system;
}

const PeerSystem& nats() {
  static const PeerSystem system{
      .name = "NATS publish + N replies", .short_name = "NATS", .programs = "nats", .hub = PeerSystem::Hub::broker};
  return system;
}

const PeerSystem& redis() {
  static const PeerSystem system{
      .name = "redis PUBLISH + N replies", .short_name = "redis", .programs = "redis", .hub = PeerSystem::Hub::broker};
  return system;
}

const PeerSystem& mosquitto() {
  static const PeerSystem system{.name = "mosquitto publish + N replies",
                                 .short_name = "mosquitto",
                                 .programs = "mosquitto",
                                 .hub = PeerSystem::Hub::broker,
                                 .window = 512};  // it drops what exceeds its queues of 1,000
  return system;
}

const PeerSystem& grpc_stream() {
  static const PeerSystem system{.name = "gRPC C++ streams",
                                 .short_name = "gRPC streams",
                                 .programs = "grpc-stream",
                                 .hub = PeerSystem::Hub::receivers};
  return system;
}

const PeerSystem& grpc_aio() {
  static const PeerSystem system{
      .name = "Python grpc.aio gather", .short_name = "grpc.aio", .programs = "grpc-aio", .hub = PeerSystem::Hub::exo};
  return system;
}

std::filesystem::path peers_folder() {
  return std::filesystem::path(this_program()).parent_path().parent_path() / "bench-peers";
}

bool is_built(const PeerSystem& system, const std::filesystem::path& folder, bool says_so) {
  const std::filesystem::path program = folder / (system.programs + "-sender");
  if (access(program.c_str(), X_OK) == 0) return true;
  if (says_so) complain(fmt::format("{} is not built (make bench-peers builds it), so it is left out", system.name));
  return false;
}

PeerCluster::PeerCluster(const PeerSystem& system, const PeerClusterOptions& options)
    : system_(system), options_(options) {
  const std::string receivers = fmt::format("{}", options.receivers);
  const std::uint16_t port = start_hub();
  switch (system.hub) {
    case PeerSystem::Hub::sender:
      start_receivers(port);
      break;
    case PeerSystem::Hub::broker:
      start_receivers(port);
      start_sender({"--port", fmt::format("{}", port), "--receivers", receivers});
      break;
    case PeerSystem::Hub::receivers:
      start_sender({"--port", fmt::format("{}", port), "--receivers", receivers});
      break;
    case PeerSystem::Hub::exo: {
      std::vector<std::uint16_t> ports = options.exo_ports;
      ports.resize(options.receivers, ports.at(0));
      start_sender({"--ports", fmt::format("{}", fmt::join(ports, ","))});
      break;
    }
  }
  expect_ready(*sender_);
}

/// Starts the listening process. Returns the port; 0 if the ports are known already.
std::uint16_t PeerCluster::start_hub() {
  switch (system_.hub) {
    case PeerSystem::Hub::sender:
      start_sender({"--receivers", fmt::format("{}", options_.receivers)});
      return nlohmann::json::parse(line_of(*sender_)).at("port");
    case PeerSystem::Hub::broker: {
      broker_.emplace(start(options_.folder, system_.programs + "-broker", {}));
      const auto told = nlohmann::json::parse(line_of(*broker_));
      broker_pid_ = told.at("pid");
      return told.at("port");
    }
    case PeerSystem::Hub::receivers: {
      Process& process = receivers_.emplace_back(
          start(options_.folder, system_.programs + "-receiver", {"--cpu", fmt::format("{}", receivers_cpu)}));
      const std::uint16_t port = nlohmann::json::parse(line_of(process)).at("port");
      expect_ready(process);
      return port;
    }
    case PeerSystem::Hub::exo:
      return 0;
  }
  std::unreachable();
}

void PeerCluster::start_receivers(std::uint16_t port) {
  const std::size_t processes = options_.one_process ? 1 : options_.receivers;
  for (std::size_t i = 0; i < processes; ++i) {
    std::vector<std::string> arguments = {"--port", fmt::format("{}", port), "--first", fmt::format("{}", i)};
    if (options_.one_process) {
      arguments.insert(arguments.end(), {"--receivers", fmt::format("{}", options_.receivers), "--cpu",
                                         fmt::format("{}", receivers_cpu)});
    }
    expect_ready(receivers_.emplace_back(start(options_.folder, system_.programs + "-receiver", std::move(arguments))));
  }
}

void PeerCluster::start_sender(std::vector<std::string> arguments) {
  if (options_.one_process) arguments.insert(arguments.end(), {"--cpu", fmt::format("{}", sender_cpu)});
  sender_ = std::make_unique<Process>(start(options_.folder, system_.programs + "-sender", std::move(arguments)));
}

Runner PeerCluster::runner(std::size_t rounds) {
  return [this, rounds] {
    sender_->write_line(fmt::format("{}", rounds));
    const auto all = nlohmann::json::parse(sender_->read_line(Deadline::after(Clock::now(), answer_timeout)));
    const auto count = static_cast<double>(rounds);
    return Sample{.wall_ns = all.at("wall_ns").get<double>() / count, .cpu_ns = all.at("cpu_ns").get<double>() / count};
  };
}

std::optional<double> PeerCluster::broker_cpu_ns() const {
  if (broker_pid_ < 0) return std::nullopt;
  return cpu_ns_of(broker_pid_);
}

}  // namespace exocast::bench
