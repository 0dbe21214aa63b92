// SPDX-License-Identifier: Apache-2.0
#include "bench/fanout/receivers.h"

#include <unistd.h>

#include <thread>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/fanout/machine.h"
#include "bench/fanout/raw_frames.h"
#include "bench/load/load_server.h"
#include "exocast/gather/wait.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/io/readiness.h"

namespace exocast::bench {
namespace {

/// Accepts every message after a delay.
class Taker final : public ExoHandler {
 public:
  explicit Taker(Duration delay) : delay_(delay) {}

  task<std::expected<void, Status>> accept(Message /*message*/) override {
    if (delay_ > Duration::zero()) co_await sleep_for(delay_);
    co_return {};
  }
  bool accept_now(Message& /*message*/) override { return delay_ <= Duration::zero(); }
  Topology topology() override { return {}; }
  bool healthy() override { return true; }

 private:
  Duration delay_;
};

}  // namespace

std::string to_line(const ReceiverPorts& ports) {
  return nlohmann::json{{"exo", ports.exo}, {"native", ports.native}, {"raw", ports.raw}}.dump();
}

ReceiverPorts receiver_ports_of(const std::string& line) {
  const auto ports = nlohmann::json::parse(line);
  return {.exo = ports.at("exo"), .native = ports.at("native"), .raw = ports.at("raw")};
}

int serve_receivers(Duration delay) {
  end_with_parent();
  pin_to_cpu(receivers_cpu);
  raise_descriptor_limit();
  AsioLoop loop;
  Taker taker(delay);
  const auto exo = LoadServer::start("exo", loop, taker);
  const auto native = LoadServer::start("native", loop, taker);
  for (const auto* server : {&exo, &native}) {
    if (server->has_value()) continue;
    complain(server->error());
    return exit_error;
  }
  RawReceiver raw;
  const std::jthread raw_thread([&raw] { raw.run(); });
  const ReceiverPorts ports{.exo = (*exo)->port(), .native = (*native)->port(), .raw = raw.port()};
  fmt::print("{}\n", to_line(ports));
  std::fflush(stdout);

  Readiness input_ended(loop, STDIN_FILENO, Readiness::To::read);
  loop.run(input_ended.wait());
  raw.stop();
  return exit_satisfied;
}

}  // namespace exocast::bench
