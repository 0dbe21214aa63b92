// SPDX-License-Identifier: Apache-2.0
#include "bench/load/load_receiver.h"

#include <unistd.h>

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "bench/fanout/machine.h"
#include "bench/load/black_hole.h"
#include "bench/load/load_server.h"
#include "bench/load/raw_load.h"
#include "bench/load/token_message.h"
#include "exocast/gather/wait.h"
#include "exocast/inbox.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/io/line_reader.h"

namespace exocast::bench {
namespace {

constexpr std::size_t line_bytes_max = 256;

/// Passes messages to the inbox, after a delay if it is slow.
class Taker final : public ExoHandler {
 public:
  explicit Taker(Inbox& inbox) : inbox_(inbox) {}

  void take_so_long(Duration delay) noexcept { delay_ = delay; }

  task<std::expected<void, Status>> accept(Message message) override {
    if (delay_ > Duration::zero()) co_await sleep_for(delay_);
    co_return co_await inbox_.accept_soon(message);
  }
  bool accept_now(Message& message) override { return delay_ <= Duration::zero() && inbox_.accept_now(message); }
  Topology topology() override { return {}; }
  bool healthy() override { return true; }

 private:
  Inbox& inbox_;
  Duration delay_ = Duration::zero();
};

class LoadReceiver {
 public:
  LoadReceiver(AsioLoop& loop, Inbox& inbox, Taker& taker)
      : loop_(loop), taker_(taker), subscription_(inbox.subscribe("bench")) {}

  task<void> run() {
    (co_await this_context()).scope->spawn(listen());
    LineReader lines(loop_, STDIN_FILENO, line_bytes_max);
    for (;;) {
      const LineReader::Line line = co_await lines.next();
      if (!line || !*line) co_return;
      fmt::print("{}\n", obey(**line));
      std::fflush(stdout);
    }
  }

 private:
  task<void> listen() {
    for (;;) {
      note_tokens(co_await subscription_->next(), check_);
      while (const auto message = subscription_->next_now()) note_tokens(*message, check_);
    }
  }

  std::string obey(const std::string& line) {
    if (line == "hole") return fmt::format("{} sockets", fall_into_black_hole());
    if (line.starts_with("delay ")) {
      taker_.take_so_long(std::chrono::milliseconds(std::stoul(line.substr(line.find(' ')))));
      return "slow";
    }
    return to_line(check_.heard(std::stoull(line)));
  }

  AsioLoop& loop_;
  Taker& taker_;
  std::unique_ptr<Inbox::Subscription> subscription_;
  OrderCheck check_;
};

}  // namespace

int serve_load_receiver(const std::string& kind) {
  if (kind == "raw") return serve_raw_load_receiver();
  end_with_parent();
  AsioLoop loop;
  Inbox inbox;
  Taker taker(inbox);
  LoadReceiver receiver(loop, inbox, taker);
  const auto server = LoadServer::start(kind, loop, taker);
  if (!server) {
    complain(server.error());
    return exit_error;
  }
  fmt::print("{{\"port\":{}}}\nready\n", (*server)->port());
  std::fflush(stdout);
  loop.run(receiver.run());
  return exit_satisfied;
}

}  // namespace exocast::bench
