// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/demo/comparison.h"

#include <ranges>
#include <utility>

#include <fmt/format.h>

#include "exocast/gather/gather.h"
#include "tools/exocast/demo/one_by_one.h"

namespace exocast::demo {
namespace {

constexpr Duration connect_timeout = std::chrono::seconds(2);
constexpr const char* news = R"({"type":"node_status","node_id":"demo","status":"start_process_prompt"})";

double to_ms(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

void start_sending(Cell& cell, Duration elapsed) {
  cell.state = Cell::State::sending;
  cell.begun_ms = cell.ended_ms = to_ms(elapsed);
}

void settle(Cell& cell, const DeliveryProgress& progress) {
  cell.state = Cell::State::done;
  cell.outcome = progress.outcome;
  cell.ended_ms = to_ms(progress.elapsed);
}

}  // namespace

task<std::expected<void, std::string>> Comparison::run() {
  if (auto connected = co_await connect(); !connected) co_return connected;
  for (std::size_t i = 0; i < board_.plan.kinds.size(); ++i) {
    if (board_.plan.kinds[i] == Kind::frozen) children_.freeze(i);
  }
  const Message message = *Message::opaque_status("demo", news);
  co_await tell_one_by_one(message);
  co_await tell_at_once(message);
  co_return {};
}

task<std::expected<void, std::string>> Comparison::connect() {
  const Deadline deadline = Deadline::after(node_.loop().now(), connect_timeout);
  const auto connect_to = [this, deadline](std::size_t index) { return node_.connect(index, deadline); };
  const auto answers = co_await gather(std::views::iota(std::size_t{0}, node_.broadcaster().roster().size()),
                                       connect_to, {.deadline = deadline});
  if (!answers.satisfied) co_return std::unexpected("the nodes have started, but not all of them can be reached");
  co_return {};
}

task<void> Comparison::tell_one_by_one(Message message) {
  Run& run = board_.one_by_one;
  run.begun = node_.loop().now();
  start_sending(run.cells.front(), Duration::zero());
  const auto on_outcome = [&run](const DeliveryProgress& progress) {
    settle(run.cells[progress.index], progress);
    const std::size_t next = progress.index + 1;
    if (next < run.cells.size()) start_sending(run.cells[next], progress.elapsed);
  };
  const Report report = co_await broadcast_one_by_one(node_.broadcaster().roster(), std::move(message),
                                                      {.per_peer = board_.plan.timeout, .on_outcome = on_outcome});
  run.elapsed_ms = report.elapsed_ms;
}

task<void> Comparison::tell_at_once(Message message) {
  Run& run = board_.at_once;
  run.begun = node_.loop().now();
  for (Cell& cell : run.cells) start_sending(cell, Duration::zero());
  const auto on_outcome = [&run](const DeliveryProgress& progress) { settle(run.cells[progress.index], progress); };
  report_ = co_await node_.broadcaster().broadcast(
      std::move(message), {.timeout = board_.plan.timeout, .limit = nodes_max, .on_outcome = on_outcome});
  run.elapsed_ms = report_.elapsed_ms;
}

std::string unexpected_outcome(const Board& board) {
  for (const Run* run : {&board.one_by_one, &board.at_once}) {
    for (std::size_t i = 0; i < run->cells.size(); ++i) {
      const Kind kind = board.plan.kinds[i];
      const PeerOutcome expected = kind == Kind::frozen ? PeerOutcome::timed_out : PeerOutcome::delivered;
      if (run->cells[i].outcome == expected) continue;
      return fmt::format("n{}, which is {}, was to be {}, but is {}: is this machine very busy?", i + 1,
                         to_string(kind), to_string(expected), to_string(run->cells[i].outcome));
    }
  }
  return "";
}

}  // namespace exocast::demo
