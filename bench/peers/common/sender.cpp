// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "bench/peers/common/transport.h"

namespace exocast::bench {
namespace {

constexpr std::chrono::seconds round_patience{20};

std::chrono::nanoseconds until(double moment_ns) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(std::max(0.0, moment_ns - wall_clock_ns())));
}

class PeerSender {
 public:
  PeerSender(Transport& transport, std::size_t receivers) : transport_(transport), answers_(receivers) {}

  /// Sends a message to all, `rounds` times; each round waits for all answers.
  Sample send_rounds(std::size_t rounds) {
    return timed([&] {
      for (; rounds > 0; --rounds) send_round();
    });
  }

  Loaded send_load(const Load& load) {
    LoadRecord record(load, next_number_, answers_);
    const Transport::OnAnswer on_answer = [&](std::size_t receiver, std::uint64_t number) {
      record.answered(receiver, number, wall_clock_ns());
    };
    while (!record.all_sent()) {
      const double due_ns = record.due_ns(record.sent_count());
      const bool paced = load.rate_hz > 0;
      if (paced ? wall_clock_ns() < due_ns : record.window_full()) {
        transport_.take_answers(paced ? until(due_ns) : round_patience, on_answer);
        continue;
      }
      if (transport_.publish(record.sent()) > 0) record.refused();
      if (record.sent_count() % answers_between == 0) transport_.take_answers({}, on_answer);
    }
    const double give_up_ns = wall_clock_ns() + load.patience_s * 1e9;
    while (!record.settled() && wall_clock_ns() < give_up_ns) transport_.take_answers(until(give_up_ns), on_answer);
    next_number_ += record.sent_count();
    return record.finish();
  }

 private:
  /// A late sender still reads answers after this many messages.
  static constexpr std::uint64_t answers_between = 8;

  void send_round() {
    const std::uint64_t number = next_number_++;
    if (transport_.publish(number) > 0) throw std::runtime_error("not everyone could take the message");
    std::size_t left = answers_.size();
    const double give_up_ns = wall_clock_ns() + std::chrono::nanoseconds(round_patience).count();
    while (left > 0) {
      transport_.take_answers(until(give_up_ns), [&](std::size_t receiver, std::uint64_t answered) {
        answers_[receiver].note(answered);
        if (answered == number) --left;
      });
      if (left > 0 && wall_clock_ns() > give_up_ns) throw std::runtime_error("not everyone has answered");
    }
  }

  Transport& transport_;
  std::vector<OrderCheck> answers_;
  std::uint64_t next_number_ = 0;
};

}  // namespace

int serve_sender(Transport& transport, std::size_t receivers) {
  PeerSender sender(transport, receivers);
  sender.send_rounds(1);  // establishes all connections end to end
  std::puts("ready");
  std::fflush(stdout);
  for (std::string line; std::getline(std::cin, line);) {
    if (line.starts_with('{')) {
      std::puts(to_line(sender.send_load(load_of(line))).c_str());
    } else {
      const Sample sample = sender.send_rounds(std::stoul(line));
      std::puts(nlohmann::json{{"wall_ns", sample.wall_ns}, {"cpu_ns", sample.cpu_ns}}.dump().c_str());
    }
    std::fflush(stdout);
  }
  return 0;
}

}  // namespace exocast::bench
