// SPDX-License-Identifier: Apache-2.0
// `exocast demo`: starts real nodes as processes, sends them a message one by one, then to all at once, and shows the
// times node by node. It ends within ten seconds and leaves no process behind, even if it is interrupted or killed
// (nodes.h). One thread.
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <memory>
#include <ranges>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "exocast/gather/gather.h"
#include "exocast/gather/wait.h"
#include "exocast/node.h"
#include "lane/delivery.h"
#include "tools/cli/command_line.h"
#include "tools/cli/files.h"
#include "tools/cli/foreground.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/commands.h"
#include "tools/exocast/demo/board.h"
#include "tools/exocast/demo/nodes.h"
#include "tools/exocast/demo/one_by_one.h"

namespace exocast {
namespace demo {
namespace {

using Ended = std::expected<void, std::string>;
using Json = nlohmann::ordered_json;

constexpr const char* help = R"(Starts real nodes on loopback, some slow and some frozen (stopped processes), and sends
one message to all of them: first one by one, then all at once, with the same timeout. A
slow node takes ten times as long as an ordinary one, but 100 to 400 ms longer; the
timeout is 300 ms more than that. The demo ends within 10 s and leaves no process behind.

Examples:
  exocast demo
  exocast demo --nodes 32 --slow 2 --frozen 2
  exocast demo --frozen 0 --json

Exit status: 0 every node behaved as its kind does, 2 one did not, or Ctrl-C, 1 wrong
usage or an error on this machine.)";

/// When both runs are stopped: leaves two of the ten seconds to end the nodes.
constexpr Duration whole_max = std::chrono::seconds(8);
constexpr Duration redrawn_every = std::chrono::milliseconds(50);

constexpr Duration connect_timeout = std::chrono::seconds(2);
constexpr const char* news = R"({"type":"node_status","node_id":"demo","status":"start_process_prompt"})";

void start_sending(Cell& cell, Duration elapsed) {
  cell.state = Cell::State::sending;
  cell.begun_ms = cell.ended_ms = to_ms(elapsed);
}

void settle(Cell& cell, const DeliveryProgress& progress) {
  cell.state = Cell::State::done;
  cell.outcome = progress.outcome;
  cell.ended_ms = to_ms(progress.elapsed);
}

/// Connects to all peers first, so that neither run includes connecting.
task<Ended> connect(Node& node) {
  const Deadline deadline = Deadline::after(node.loop().now(), connect_timeout);
  const auto connect_to = [&node, deadline](std::size_t index) { return node.connect(index, deadline); };
  const auto answers = co_await gather(std::views::iota(std::size_t{0}, node.broadcaster().roster().size()), connect_to,
                                       {.deadline = deadline});
  if (!answers.satisfied) co_return std::unexpected("the nodes have started, but not all of them can be reached");
  co_return {};
}

task<void> tell_one_by_one(Node& node, Message message, Duration timeout, Run& run) {
  run.begun = node.loop().now();
  start_sending(run.cells.front(), Duration::zero());
  const auto on_outcome = [&run](const DeliveryProgress& progress) {
    settle(run.cells[progress.index], progress);
    const std::size_t next = progress.index + 1;
    if (next < run.cells.size()) start_sending(run.cells[next], progress.elapsed);
  };
  const Report report = co_await broadcast_one_by_one(node.broadcaster().roster(), std::move(message),
                                                      {.per_peer = timeout, .on_outcome = on_outcome});
  run.elapsed_ms = report.elapsed_ms;
}

task<Report> tell_at_once(Node& node, Message message, Duration timeout, Run& run) {
  run.begun = node.loop().now();
  for (Cell& cell : run.cells) start_sending(cell, Duration::zero());
  const auto on_outcome = [&run](const DeliveryProgress& progress) { settle(run.cells[progress.index], progress); };
  Report report = co_await node.broadcaster().broadcast(
      std::move(message), {.timeout = timeout, .limit = nodes_max, .on_outcome = on_outcome});
  run.elapsed_ms = report.elapsed_ms;
  co_return report;
}

/// Sends the same message to the peers of `node` (run by `children`, in the order of the plan) one by one and at once,
/// and updates the board. Returns the report of the run at once; the error is one printable line.
task<std::expected<Report, std::string>> compare(Node& node, const Children& children, Board& board) {
  if (auto connected = co_await connect(node); !connected) co_return std::unexpected(std::move(connected.error()));
  for (std::size_t i = 0; i < board.plan.kinds.size(); ++i) {
    if (board.plan.kinds[i] == Kind::frozen) children.freeze(i);
  }
  const Message message = *Message::opaque_status("demo", news);
  co_await tell_one_by_one(node, message, board.plan.timeout, board.one_by_one);
  co_return co_await tell_at_once(node, message, board.plan.timeout, board.at_once);
}

/// One line about a node that did not answer as its kind does, on a finished board; "" if there is none.
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

class Display {
 public:
  Display(const Board& board, bool json) : json_(json) {
    const Terminal out = terminal_at(STDOUT_FILENO);
    if (out.present) style_ = {.colour = out.colour, .width = out.width};
    live_ = !json && out.present && board.plan.kinds.size() + lines_around < out.height;
  }

  Ended begin(const Board& board) const { return json_ ? Ended() : print(heading(board.plan) + "\n\n"); }

  /// On a terminal, redraws until it is stopped.
  task<void> follow(AsioLoop& loop, Board& board) {
    while (live_) {
      board.advance(loop.now());
      draw(board);
      co_await sleep_for(redrawn_every);
    }
  }

  Ended end(const Board& board, const Options& options, const Report& report) {
    if (json_) return print(json_of(board, options, report).dump() + '\n');
    if (live_) draw(board);
    return print((live_ ? "\n" : to_table(board, style_) + '\n') + conclusion(board) + '\n');
  }

  /// Shows the unfinished comparison.
  Ended break_off(const Board& board) {
    if (json_ || live_) return {};
    return print(to_table(board, style_));
  }

 private:
  /// Draws the table over the previous one.
  void draw(const Board& board) {
    std::string frame = lines_drawn_ > 0 ? fmt::format("\x1B[{}F", lines_drawn_) : "";
    const std::string table = to_table(board, style_);
    lines_drawn_ = static_cast<std::size_t>(std::ranges::count(table, '\n'));
    for (const char c : table) frame += c == '\n' ? "\x1B[K\n" : std::string(1, c);  // wipes the rest of a longer line
    // If the terminal is gone, the demo still runs to its end.
    static_cast<void>(print(frame));
  }

  static constexpr std::size_t lines_around = 6;  // heading, titles, sums, conclusion, two empty ones

  static Json json_of(const Board& board, const Options& options, const Report& report) {
    Json json = to_json(report);
    json["sequential_ms"] = *board.one_by_one.elapsed_ms;
    json["concurrent_ms"] = *board.at_once.elapsed_ms;
    json["speedup"] = speedup(board);
    json["options"] = {{"nodes", options.nodes},
                       {"slow", options.slow},
                       {"frozen", options.frozen},
                       {"delay_ms", to_ms(board.plan.delay)},
                       {"slow_delay_ms", to_ms(board.plan.slow_delay)},
                       {"timeout_ms", to_ms(board.plan.timeout)}};
    Json one_by_one = Json::array();
    for (std::size_t i = 0; i < board.plan.kinds.size(); ++i) {
      const Cell& cell = board.one_by_one.cells[i];
      one_by_one.push_back({{"peer", report.outcomes[i].peer},
                            {"kind", to_string(board.plan.kinds[i])},
                            {"outcome", to_string(cell.outcome)},
                            {"elapsed_ms", cell.ended_ms}});
    }
    json["sequential_outcomes"] = std::move(one_by_one);
    return json;
  }

  bool json_;
  BoardStyle style_;
  bool live_ = false;  // the terminal is high enough to redraw the table in place
  std::size_t lines_drawn_ = 0;
};

/// Runs `work` in `loop` until it ends, a signal comes or `deadline` passes. The error is one printable line.
template <class T>
std::expected<T, std::string> run_until(Deadline deadline, AsioLoop& loop, task<std::expected<T, std::string>> work) {
  Interruption interruption(loop, {SIGINT, SIGTERM, SIGHUP});
  const auto guarded = [&]() -> task<std::expected<T, std::string>> {
    (co_await this_context()).scope->spawn(interruption.heed());
    auto outcome = co_await with_deadline(std::move(work), deadline, &interruption.stop());
    if (outcome.reason() == Reason::timed_out) {
      co_return std::unexpected("stopped: this machine is too busy for the demo to end in time");
    }
    if (outcome.reason() == Reason::cancelled) co_return std::unexpected("interrupted");
    co_return returned(std::move(outcome));
  };
  return returned(loop.run(guarded()));
}

/// Runs the comparison with its own node and loop, and displays it.
Ended compare_and_show(const Options& options, const Children& children, std::vector<Peer> peers, Deadline deadline,
                       Board& board, Display& display) {
  auto node = Node::start({.id = "demo", .peers = std::move(peers)});
  if (!node) return std::unexpected(std::move(node.error()));
  AsioLoop& loop = (*node)->loop();
  const auto followed = [&]() -> task<std::expected<Report, std::string>> {
    (co_await this_context()).scope->spawn(display.follow(loop, board));
    co_return co_await compare(**node, children, board);
  };
  const auto report = run_until(deadline, loop, followed());
  if (!report) return std::unexpected(report.error());
  return display.end(board, options, *report);
}

/// Returns the exit status: 0 if every node answered as its kind does, 2 if one did not, 1 for an error of this
/// machine. With `json` it prints one line: the report of the run at once, with sequential_ms, concurrent_ms, speedup,
/// the options, and the outcomes one by one.
int run_demo(const Options& options, bool json) {
  const Deadline deadline = Deadline::after(Clock::now(), whole_max);
  auto plan = plan_demo(options);
  if (!plan) return fail(plan.error());

  Board board(*std::move(plan));
  Display display(board, json);
  if (auto begun = display.begin(board); !begun) return fail(begun.error());
  Children children;
  AsioLoop loop;
  auto peers = run_until(deadline, loop, start_nodes(loop, board.plan, children));
  if (!peers) return fail(peers.error());
  if (auto compared = compare_and_show(options, children, *std::move(peers), deadline, board, display); !compared) {
    static_cast<void>(display.break_off(board));
    return fail(compared.error(), compared.error() == "interrupted" ? exit_unsatisfied : exit_error);
  }
  const std::string wrong = unexpected_outcome(board);
  return wrong.empty() ? exit_satisfied : fail(wrong, exit_unsatisfied);
}

struct Arguments {
  Options options;
  std::size_t delay_ms = 20;
  bool json = false;
};

}  // namespace
}  // namespace demo

void add_demo_command(CLI::App& app, int& status) {
  const auto arguments = std::make_shared<demo::Arguments>();
  demo::Options& options = arguments->options;
  CLI::App& command =
      add_command(app, status, {"demo", "Compare one by one with all at once, on real nodes", demo::help},
                  [arguments](const CLI::App&) {
                    arguments->options.delay = std::chrono::milliseconds(arguments->delay_ms);
                    return demo::run_demo(arguments->options, arguments->json);
                  });
  add_count(command, "--nodes", options.nodes, 1, demo::nodes_max, "How many nodes (8)");
  add_count(command, "--slow", options.slow, 0, demo::nodes_max, "How many of them are slow (1)");
  add_count(command, "--frozen", options.frozen, 0, demo::nodes_max, "How many of them never answer (1)");
  add_count(command, "--delay-ms", arguments->delay_ms, 0, 1000,
            "Time an ordinary node takes to handle a message (20)");
  add_flag(command, "--json", arguments->json, "Print the result as a line of JSON");
}

}  // namespace exocast
