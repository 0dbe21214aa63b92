// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/demo/board.h"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "lane/delivery.h"
#include "report/report_table.h"
#include "report/text_table.h"

namespace exocast::demo {
namespace {

constexpr std::size_t bar_columns_max = 40;
constexpr std::size_t bar_columns_min = 8;
constexpr std::size_t columns_without_bars = 64;

constexpr std::string_view plain = "\x1B[0m";
constexpr std::string_view faint = "\x1B[2m";
constexpr std::string_view bold = "\x1B[1m";

std::string_view colour_of(const Cell& cell) {
  if (cell.state != Cell::State::done) return faint;
  return cell.outcome == PeerOutcome::delivered ? ansi_green : ansi_red;
}

std::string words_of(const Cell& cell) {
  if (cell.state == Cell::State::done) return words(cell.outcome);
  return cell.state == Cell::State::sending ? "sending" : "waiting";
}

/// Draws the lines of one table.
class Painter {
 public:
  Painter(const Board& board, const BoardStyle& style) : style_(style) {
    const std::size_t room = style.width > columns_without_bars ? (style.width - columns_without_bars) / 2 : 0;
    bar_columns_ = room >= bar_columns_min ? std::min(room, bar_columns_max) : 0;
    full_ms_ = std::max(to_ms(board.plan.sequential), to_ms(board.plan.timeout));
    for (const Run* run : {&board.one_by_one, &board.at_once}) {
      for (const Cell& cell : run->cells) full_ms_ = std::max(full_ms_, cell.ended_ms);
    }
  }

  std::string line(std::string_view node, std::string_view kind, const std::string& left, std::string right) const {
    std::string text = fmt::format("{:<5} {:<9} {}  {}", node, kind, left, right);
    text.erase(text.find_last_not_of(' ') + 1);
    return text + '\n';
  }

  /// "delivered   21.0 ms ██      ".
  std::string cell(const Cell& cell) const {
    const bool done = cell.state == Cell::State::done;
    const std::string time = done ? fmt::format("{:.1f} ms", cell.ended_ms) : "";
    return painted(fmt::format("{:<11}", words_of(cell)), colour_of(cell)) + fmt::format("{:>10} ", time) + bar(cell);
  }

  /// `text`, padded to a cell's width.
  std::string title(std::string_view text) const { return painted(fmt::format("{:<{}}", text, cell_columns()), bold); }

  std::string total(const Run& run) const {
    const std::string time = run.elapsed_ms ? fmt::format("{:.1f} ms", *run.elapsed_ms) : "";
    return painted(fmt::format("{:<11}{:>10}", "in all", time), bold) + std::string(1 + bar_columns_, ' ');
  }

 private:
  std::size_t cell_columns() const { return 11 + 10 + 1 + bar_columns_; }

  std::string painted(const std::string& text, std::string_view colour) const {
    return style_.colour ? fmt::format("{}{}{}", colour, text, plain) : text;
  }

  std::string bar(const Cell& cell) const {
    if (bar_columns_ == 0) return "";
    if (cell.state == Cell::State::waiting) return std::string(bar_columns_, ' ');
    const double scale = static_cast<double>(bar_columns_) / full_ms_;
    const auto begin = std::min(static_cast<std::size_t>(cell.begun_ms * scale), bar_columns_ - 1);
    const auto end = std::min(static_cast<std::size_t>(std::ceil(cell.ended_ms * scale)), bar_columns_);
    const std::size_t length = std::max<std::size_t>(end, begin + 1) - begin;
    std::string blocks;
    for (std::size_t i = 0; i < length; ++i) blocks += "█";
    return std::string(begin, ' ') + painted(blocks, colour_of(cell)) + std::string(bar_columns_ - begin - length, ' ');
  }

  BoardStyle style_;
  std::size_t bar_columns_;
  double full_ms_;
};

/// When the last ordinary node had the message; 0 if none had it.
double ordinary_done_ms(const Board& board, const Run& run) {
  double last = 0;
  for (std::size_t i = 0; i < run.cells.size(); ++i) {
    const Cell& cell = run.cells[i];
    const bool delivered = cell.state == Cell::State::done && cell.outcome == PeerOutcome::delivered;
    if (delivered && board.plan.kinds[i] == Kind::ordinary) last = std::max(last, cell.ended_ms);
  }
  return last;
}

}  // namespace

Board::Board(Plan the_plan) : plan(std::move(the_plan)) {
  one_by_one.cells.resize(plan.kinds.size());
  at_once.cells.resize(plan.kinds.size());
}

void Board::advance(TimePoint now) {
  for (Run* run : {&one_by_one, &at_once}) {
    for (Cell& cell : run->cells) {
      if (cell.state == Cell::State::sending) cell.ended_ms = to_ms(now - run->begun);
    }
  }
}

std::string heading(const Plan& plan) {
  const auto of_kind = [&](Kind kind) { return std::ranges::count(plan.kinds, kind); };
  std::string text = fmt::format("{} nodes on loopback: {} ordinary ({:.0f} ms to handle a message)", plan.kinds.size(),
                                 of_kind(Kind::ordinary), to_ms(plan.delay));
  if (const auto slow = of_kind(Kind::slow); slow > 0) {
    text += fmt::format(", {} slow ({:.0f} ms)", slow, to_ms(plan.slow_delay));
  }
  if (const auto frozen = of_kind(Kind::frozen); frozen > 0) {
    text += fmt::format(", {} frozen (given up after {:.0f} ms)", frozen, to_ms(plan.timeout));
  }
  return text;
}

std::string to_table(const Board& board, const BoardStyle& style) {
  const Painter painter(board, style);
  std::string table = painter.line("node", "kind", painter.title("one by one"), painter.title("all at once"));
  for (std::size_t i = 0; i < board.plan.kinds.size(); ++i) {
    table += painter.line(fmt::format("n{}", i + 1), to_string(board.plan.kinds[i]),
                          painter.cell(board.one_by_one.cells[i]), painter.cell(board.at_once.cells[i]));
  }
  return table + painter.line("", "", painter.total(board.one_by_one), painter.total(board.at_once));
}

std::string conclusion(const Board& board) {
  std::string text = fmt::format("all at once is {:.1f} times as fast", speedup(board));
  const double before = ordinary_done_ms(board, board.one_by_one);
  const double now = ordinary_done_ms(board, board.at_once);
  if (now > 0 && before > 0) {
    text += fmt::format("; every ordinary node had the message after {:.0f} ms instead of {:.0f} ms", now, before);
  }
  return text;
}

double speedup(const Board& board) {
  if (!board.one_by_one.elapsed_ms || !board.at_once.elapsed_ms) return 0;
  return *board.one_by_one.elapsed_ms / *board.at_once.elapsed_ms;
}

}  // namespace exocast::demo
