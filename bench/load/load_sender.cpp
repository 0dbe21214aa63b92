// SPDX-License-Identifier: Apache-2.0
#include "bench/load/load_sender.h"

#include <unistd.h>

#include <memory>
#include <optional>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

#include "bench/fanout/machine.h"
#include "bench/load/load_links.h"
#include "bench/load/raw_load.h"
#include "bench/load/token_message.h"
#include "exocast/broadcaster.h"
#include "exocast/gather/wait.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/io/line_reader.h"

namespace exocast::bench {
namespace {

constexpr std::size_t line_bytes_max = 4096;
constexpr Duration drain_timeout = std::chrono::seconds(1);

class LoadSender {
 public:
  LoadSender(AsioLoop& loop, Roster roster)
      : loop_(loop), broadcaster_(loop, std::move(roster)), answers_(broadcaster_.roster().size()) {}

  /// Connects to all receivers by a first message, prints "ready", then serves the lines of standard input.
  task<void> run() {
    const Loaded first = co_await send_load({.messages = 1, .watched = answers_.size()});
    if (first.answered != answers_.size()) throw std::runtime_error("not every receiver can be reached");
    print("ready");
    LineReader lines(loop_, STDIN_FILENO, line_bytes_max);
    for (;;) {
      const LineReader::Line line = co_await lines.next();
      if (!line || !*line) break;
      print(to_line(co_await send_load(load_of(**line))));
    }
    co_await broadcaster_.drain(Deadline::after(loop_.now(), drain_timeout));
  }

 private:
  /// Messages published before the links get a turn to send.
  static constexpr std::uint64_t published_at_once = 64;

  static void print(const std::string& line) {
    fmt::print("{}\n", line);
    std::fflush(stdout);
  }

  task<Loaded> send_load(Load load) {
    LoadRecord record(load, next_number_, answers_);
    record_ = &record;
    while (!record.all_sent()) {
      co_await turn_to_send(load, record);
      while (!publish(record)) co_await broadcaster_.room(token_message(next_number_));
    }
    const Deadline give_up = Deadline::after(
        loop_.now(), std::chrono::duration_cast<Duration>(std::chrono::duration<double>(load.patience_s)));
    while (!record.settled() && !give_up.passed(loop_.now())) co_await next_answer(give_up);
    record_ = nullptr;
    next_number_ += record.sent_count();
    co_return with_lane(record.finish());
  }

  /// Waits until the next message is due; if unpaced, until the window has room.
  task<void> turn_to_send(const Load& load, const LoadRecord& record) {
    if (load.rate_hz > 0) {
      const Deadline due = at_ns(record.due_ns(record.sent_count()));
      // If late, it catches up, but other tasks run in between.
      if (!due.passed(loop_.now()) || record.sent_count() % published_at_once == 0) co_await sleep_until(due);
      co_return;
    }
    if (record.sent_count() % published_at_once == 0) co_await yield();
    while (record.window_full()) co_await next_answer(Deadline::never());
  }

  task<void> next_answer(Deadline deadline) {
    answered_.reset();
    co_await answered_.wait(deadline);
  }

  /// False if there is no room.
  bool publish(LoadRecord& record) {
    const std::uint64_t number = record.sent();
    const auto ticket = broadcaster_.publish(
        token_message(number), {.on_outcome = [this, number](const auto& progress) { settled(number, progress); }});
    if (!ticket) record.taken_back();
    return ticket.has_value();
  }

  void settled(std::uint64_t number, const DeliveryProgress& progress) {
    const bool delivered = progress.outcome == PeerOutcome::delivered;
    if (record_ == nullptr) {
      if (delivered) answers_[progress.index].note(number);
      return;
    }
    if (delivered) {
      record_->answered(progress.index, number, turn_ns());
    } else {
      record_->failed(progress.index);
    }
    answered_.set();
  }

  /// The clock is read once for all outcomes of a turn of the loop.
  double turn_ns() {
    if (std::exchange(turn_, loop_.now()) != loop_.now()) turn_ns_ = wall_clock_ns();
    return turn_ns_;
  }

  Loaded with_lane(Loaded loaded) const {
    const LaneMetrics lane = broadcaster_.lane_metrics(answers_.size() - 1);
    const LaneLimits limits;
    loaded.queue_messages_peak = lane.queued_messages_peak;
    loaded.queue_bytes_peak = lane.queued_bytes_peak;
    loaded.queue_messages_max = limits.messages;
    loaded.queue_bytes_max = limits.bytes;
    return loaded;
  }

  AsioLoop& loop_;
  Broadcaster broadcaster_;
  std::vector<OrderCheck> answers_;  // per receiver
  LoadRecord* record_ = nullptr;     // of the running load
  std::uint64_t next_number_ = 0;
  TimePoint turn_{};
  double turn_ns_ = 0;
  Event answered_;
};

}  // namespace

int serve_load_sender(const std::string& kind, const std::vector<std::uint16_t>& ports) {
  if (kind == "raw") return serve_raw_load_sender(ports);
  end_with_parent();
  AsioLoop loop;
  const std::unique_ptr<LoadLinks> links = LoadLinks::make(kind, loop);
  std::vector<Destination> destinations;
  destinations.reserve(ports.size());
  for (const std::uint16_t port : ports) {
    destinations.push_back({.id = fmt::format("r{}", destinations.size()),
                            .address = fmt::format("127.0.0.1:{}", port),
                            .link = links->to(port),
                            .no_link_reason = {}});
  }
  std::optional<LoadSender> sender(std::in_place, loop, Roster::make(std::move(destinations)).value());
  const auto ended = loop.run(sender->run());
  {
    const auto inside = loop.enter();  // deliveries in progress are cancelled inside
    sender.reset();
  }
  if (ended.exception()) {
    try {
      std::rethrow_exception(ended.exception());
    } catch (const std::exception& error) {
      complain(fmt::format("{} sender: {}", kind, error.what()));
      return exit_error;
    }
  }
  return exit_satisfied;
}

}  // namespace exocast::bench
