// SPDX-License-Identifier: Apache-2.0
#include "bench/load/raw_load.h"

#include <exception>
#include <iostream>
#include <string>
#include <thread>

#include <fmt/format.h>

#include "bench/fanout/machine.h"
#include "bench/fanout/raw_frames.h"
#include "bench/load/load.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/terminal.h"

namespace exocast::bench {
namespace {

void print(const std::string& line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

class RawLoadSender {
 public:
  explicit RawLoadSender(const std::vector<std::uint16_t>& ports)
      : sender_(ports), answers_(ports.size()), answered_(ports.size()) {
    sender_.send_to_all();
    answered_.assign(answered_.size(), 1);
  }

  Loaded send(const Load& load) {
    LoadRecord record(load, next_number_, answers_);
    while (!record.all_sent()) {
      const Deadline due = at_ns(record.due_ns(record.sent_count()));
      while (!due.passed(Clock::now())) note(record, due);
      record.sent();
      sender_.send();
    }
    while (!record.settled()) note(record, Deadline::never());
    next_number_ += record.sent_count();
    return record.finish();
  }

 private:
  /// Records answers; a connection answers in the order of sending.
  void note(LoadRecord& record, Deadline deadline) {
    for (const std::size_t receiver : sender_.acknowledged(deadline)) {
      record.answered(receiver, answered_[receiver]++, wall_clock_ns());
    }
  }

  RawSender sender_;
  std::vector<OrderCheck> answers_;
  std::vector<std::uint64_t> answered_;  // per receiver, so far
  std::uint64_t next_number_ = 1;        // message 0 connects
};

}  // namespace

int serve_raw_load_receiver() {
  end_with_parent();
  RawReceiver receiver;
  const std::jthread thread([&receiver] { receiver.run(); });
  print(fmt::format("{{\"port\":{}}}\nready", receiver.port()));
  for (std::string line; std::getline(std::cin, line);) {
  }
  receiver.stop();
  return exit_satisfied;
}

int serve_raw_load_sender(const std::vector<std::uint16_t>& ports) {
  end_with_parent();
  try {
    RawLoadSender sender(ports);
    print("ready");
    for (std::string line; std::getline(std::cin, line);) print(to_line(sender.send(load_of(line))));
  } catch (const std::exception& error) {
    complain(fmt::format("raw sender: {}", error.what()));
    return exit_error;
  }
  return exit_satisfied;
}

}  // namespace exocast::bench
