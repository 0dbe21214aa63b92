// SPDX-License-Identifier: Apache-2.0
#include "bench/fanout/sender_process.h"

#include <stdexcept>
#include <utility>

namespace exocast::bench {
namespace {

constexpr Duration start_timeout = std::chrono::seconds(60);
constexpr Duration answer_timeout = std::chrono::minutes(2);

}  // namespace

Process start_bench(std::vector<std::string> arguments) {
  auto process = Process::start(this_program(), std::move(arguments));
  if (!process) throw std::runtime_error(process.error());
  return *std::move(process);
}

SenderProcess::SenderProcess(const SenderOptions& options)
    : process_(start_bench({"sender", "--kind", options.kind, "--link", options.link, "--port",
                            std::to_string(options.port), "--receivers", std::to_string(options.n), "--limit",
                            std::to_string(options.limit), "--burst", std::to_string(options.burst)})) {
  process_.read_line(Deadline::after(Clock::now(), start_timeout));
}

Sent SenderProcess::send(std::size_t rounds) {
  process_.write_line(std::to_string(rounds));
  return sent_of(process_.read_line(Deadline::after(Clock::now(), answer_timeout)));
}

Runner SenderProcess::runner(std::size_t rounds) {
  return [this, rounds] {
    const Sample all = send(rounds).sample;
    const auto count = static_cast<double>(rounds);
    return Sample{.wall_ns = all.wall_ns / count, .cpu_ns = all.cpu_ns / count};
  };
}

}  // namespace exocast::bench
