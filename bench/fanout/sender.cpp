// SPDX-License-Identifier: Apache-2.0
#include "bench/fanout/sender.h"

#include <iostream>
#include <stdexcept>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench/fanout/broadcast_sender.h"
#include "bench/fanout/machine.h"
#include "bench/fanout/raw_frames.h"
#include "bench/grpc/grpc_loop.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/terminal.h"

namespace exocast::bench {
namespace {

/// GrpcLoop or RawSender.
template <class Reference>
class ReferenceSender final : public Sender {
 public:
  explicit ReferenceSender(const SenderOptions& options) : reference_(options.port, options.n) {}

  Sent send(std::size_t rounds) override {
    return {.sample = timed([&] {
              for (; rounds > 0; --rounds) reference_.send_to_all();
            })};
  }

 private:
  Reference reference_;
};

}  // namespace

const Message& bench_message() {
  static const Message message = [] {
    std::vector<std::int32_t> tokens;
    for (std::int32_t token = 1000; token < 1014; ++token) tokens.push_back(token);
    return Message::token_result("0123456789abcdef0123456789abcdef", tokens, true).value();
  }();
  return message;
}

std::vector<std::string> sender_kinds() { return {"broadcast", "one-by-one", "burst", "sequence", "grpc-loop", "raw"}; }

std::unique_ptr<Sender> make_sender(const SenderOptions& options) {
  if (options.kind == "grpc-loop") return std::make_unique<ReferenceSender<GrpcLoop>>(options);
  if (options.kind == "raw") return std::make_unique<ReferenceSender<RawSender>>(options);
  return make_broadcast_sender(options);
}

int serve_sender(const SenderOptions& options) {
  end_with_parent();
  pin_to_cpu(sender_cpu);
  raise_descriptor_limit();
  try {
    const std::unique_ptr<Sender> sender = make_sender(options);
    sender->send(1);  // connects
    fmt::print("ready\n");
    std::fflush(stdout);
    for (std::string line; std::getline(std::cin, line);) {
      fmt::print("{}\n", to_line(sender->send(std::stoul(line))));
      std::fflush(stdout);
    }
  } catch (const std::exception& error) {
    complain(fmt::format("{} to {} receivers: {}", options.kind, options.n, error.what()));
    return exit_error;
  }
  return exit_satisfied;
}

std::string to_line(const Sent& sent) {
  return nlohmann::json{{"wall_ns", sent.sample.wall_ns},
                        {"cpu_ns", sent.sample.cpu_ns},
                        {"latency_p99_ns", sent.latency_p99_ns},
                        {"in_flight_peak", sent.in_flight_peak},
                        {"memory_peak_bytes", sent.memory_peak_bytes}}
      .dump();
}

Sent sent_of(const std::string& line) {
  const auto sent = nlohmann::json::parse(line);
  return {.sample = {.wall_ns = sent.at("wall_ns"), .cpu_ns = sent.at("cpu_ns")},
          .latency_p99_ns = sent.at("latency_p99_ns"),
          .in_flight_peak = sent.at("in_flight_peak"),
          .memory_peak_bytes = sent.at("memory_peak_bytes")};
}

}  // namespace exocast::bench
