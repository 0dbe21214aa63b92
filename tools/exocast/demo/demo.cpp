// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/demo/demo.h"

#include <unistd.h>

#include <expected>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "exocast/gather/wait.h"
#include "exocast/signals.h"
#include "tools/cli/exit_status.h"
#include "tools/cli/files.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/demo/comparison.h"
#include "tools/exocast/demo/nodes.h"
#include "tools/exocast/demo/screen.h"

namespace exocast::demo {
namespace {

using Ended = std::expected<void, std::string>;
using Json = nlohmann::ordered_json;

/// When what is not over is stopped: leaves two of the ten seconds to end the nodes.
constexpr Duration whole_max = std::chrono::seconds(8);
constexpr Duration redrawn_every = std::chrono::milliseconds(50);

double to_ms(Duration duration) { return std::chrono::duration<double, std::milli>(duration).count(); }

task<void> stop_at_signal(AsioLoop& loop) {
  Signals signals(loop, {SIGINT, SIGTERM, SIGHUP});
  co_await signals.next();
  loop.request_stop();
}

task<void> stop_at(Deadline deadline, AsioLoop& loop) {
  co_await sleep_until(deadline);
  loop.request_stop();
}

/// Runs `work` in `loop`; stops it at a signal, or at `deadline`. The error is one printable line.
template <class T>
std::expected<T, std::string> run_until(Deadline deadline, AsioLoop& loop, task<std::expected<T, std::string>> work) {
  const auto guarded = [&]() -> task<std::expected<T, std::string>> {
    Scope& scope = *(co_await this_context()).scope;
    scope.spawn(stop_at_signal(loop));
    scope.spawn(stop_at(deadline, loop));
    co_return co_await std::move(work);
  };
  auto outcome = loop.run(guarded());
  if (outcome.exception()) std::rethrow_exception(outcome.exception());
  if (const std::string* error = outcome.error()) return std::unexpected(*error);
  if (outcome.ok()) {
    if constexpr (std::is_void_v<T>)
      return {};
    else
      return std::move(outcome).value();
  }
  if (deadline.passed(Clock::now()))
    return std::unexpected("stopped: this machine is too busy for the demo to end in time");
  return std::unexpected("interrupted");
}

/// What the demo shows of itself.
class Display {
 public:
  Display(const Board& board, bool json) : json_(json), terminal_(terminal_at(STDOUT_FILENO)), screen_(terminal_) {
    if (terminal_.present) style_ = {.colour = terminal_.colour, .width = terminal_.width};
    live_ = !json && screen_.can_redraw(board.plan.kinds.size() + lines_around);
  }

  Ended begin(const Board& board) const { return json_ ? Ended() : print(heading(board.plan) + "\n\n"); }

  /// On a terminal, draws until it is stopped.
  task<void> follow(AsioLoop& loop, Board& board) {
    while (live_) {
      board.advance(loop.now());
      screen_.draw(to_table(board, style_));
      co_await sleep_for(redrawn_every);
    }
  }

  Ended end(const Board& board, const Options& options, const Report& report) {
    if (json_) return print(json_of(board, options, report).dump() + '\n');
    if (live_) screen_.draw(to_table(board, style_));
    return print((live_ ? "\n" : to_table(board, style_) + '\n') + conclusion(board) + '\n');
  }

  /// What there is to see of a comparison that did not come to its end.
  Ended break_off(const Board& board) {
    if (json_ || live_) return {};
    return print(to_table(board, style_));
  }

 private:
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
  Terminal terminal_;
  Screen screen_;
  BoardStyle style_;
  bool live_ = false;
};

/// The comparison with a node of our own, in its loop, followed on the display.
Ended compare(const Options& options, const Children& children, std::vector<Peer> peers, Deadline deadline,
              Board& board, Display& display) {
  auto node = Node::start({.id = "demo", .peers = std::move(peers)});
  if (!node) return std::unexpected(std::move(node.error()));
  AsioLoop& loop = (*node)->loop();
  Comparison comparison(**node, children, board);
  const auto followed = [&]() -> task<Ended> {
    (co_await this_context()).scope->spawn(display.follow(loop, board));
    co_return co_await comparison.run();
  };
  if (auto compared = run_until<void>(deadline, loop, followed()); !compared) return compared;
  return display.end(board, options, comparison.report());
}

}  // namespace

int run_demo(const Options& options, bool json) {
  const auto fail = [](const std::string& why, int status) {
    complain(why);
    return status;
  };
  const Deadline deadline = Deadline::after(Clock::now(), whole_max);
  auto plan = plan_demo(options);
  if (!plan) return fail(plan.error(), exit_error);

  Board board(*std::move(plan));
  Display display(board, json);
  if (auto begun = display.begin(board); !begun) return fail(begun.error(), exit_error);
  Children children;
  AsioLoop loop;
  auto peers = run_until(deadline, loop, start_nodes(loop, board.plan, children));
  if (!peers) return fail(peers.error(), exit_error);
  if (auto compared = compare(options, children, *std::move(peers), deadline, board, display); !compared) {
    static_cast<void>(display.break_off(board));
    return fail(compared.error(), compared.error() == "interrupted" ? exit_unsatisfied : exit_error);
  }
  const std::string wrong = unexpected_outcome(board);
  return wrong.empty() ? exit_satisfied : fail(wrong, exit_unsatisfied);
}

}  // namespace exocast::demo
