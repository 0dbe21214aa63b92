// SPDX-License-Identifier: Apache-2.0
// `exocast send`: broadcasts one message, or each line of standard input, and reports the outcomes. Uses its own links
// if peers are named, and those of the local node otherwise.
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "exocast/gather/gather.h"
#include "exocast/node.h"
#include "exocast/peers_file.h"
#include "link/exo/exo_client.h"
#include "report/report_json.h"
#include "report/report_table.h"
#include "tools/cli/foreground.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/commands.h"
#include "tools/exocast/io/line_writer.h"
#include "tools/exocast/io/metrics_file.h"
#include "tools/exocast/line_pace.h"
#include "tools/exocast/local_node.h"
#include "tools/exocast/message_options.h"
#include "tools/exocast/peer_options.h"
#include "tools/exocast/shortfall.h"

namespace exocast {
namespace {

constexpr const char* help = R"(What is sent, one of:
  TEXT              data: the text, under --topic T (none if it is not given)
  --data TEXT       the same; @FILE takes any bytes from a file
  --status JSON     a status: any JSON value; @FILE takes it from a file
  --tokens 1,2,3    tokens of the request --request ID
  -                 each line of standard input, in order, empty lines left out: the
                    JSON text of a status, with --request ID a list of tokens, or with
                    --topic T data, whatever is on the line (--topic '' for none).
                    Over links of its own a line is sent as soon as it is read, as
                    fast as the peers that answer take them; a peer that falls silent
                    delays them once, by an eighth of the timeout. Through the local
                    node, line after line. The reports come in the order of the lines.

To whom: the peers of the node that runs on this machine, over its links; or, without a
node, the peers that --peers and --peer name. Only exocast nodes take data; exo's are
skipped.

Examples:
  exocast send hello
  exocast send --topic weights --data @step-100.bin --peers peers.json
  tail -f train.log | exocast send --topic log -
  exocast send --status '{"type":"node_status"}'
  exocast send --status '{"type":"node_status"}' --peer n1=127.0.0.1:50051
  exocast send --tokens 1,2,3 --request r1 --finished --peers peers.json --quorum 2
  generate | exocast send - --request r1 --peers peers.json --timeout 500ms --json

The peers file is exo's: {"peers": {"n1": {"address": "10.0.0.1", "port": 50051}}}

Exit status: 0 the policy was satisfied (all delivered, or --quorum of them), 2 it was
not, 1 wrong usage or an error on this machine. Ctrl-C prints what was achieved until then.)";

struct Options {
  MessageOptions message;
  PeerOptions to;
  Duration timeout = std::chrono::seconds(15);  ///< of each broadcast; as in exo
  std::size_t limit = max_peers;
  std::optional<std::size_t> quorum;  ///< nothing: all
  MetricsFileOptions metrics;
  bool json = false;
  // For its own links.
  bool gzip = false;
  std::string link = "auto";  ///< "exo": no native links; gzip exists only in exo's protocol
};

/// The report of a message. The error is one printable line: it could not be sent at all.
using Sent = std::expected<Report, std::string>;

/// A message without a report.
struct UnderWay {
  std::size_t line = 0;  ///< 0: a single message
  TimePoint begun{};
  std::size_t settled = 0;  ///< receivers that have an outcome
  std::optional<Sent> sent = std::nullopt;
};

/// Called with a peer's index and whether it has the message.
using Settled = std::function<void(std::size_t peer, bool delivered)>;

/// The way to the peers: links of its own, or the local node.
struct Outlet {
  /// The most lines in progress. With its own links these are more than a broadcaster keeps (16,384), so that a stopped
  /// peer falls behind instead of holding up the others.
  std::size_t lines_at_once;
  /// Sends a message. After `interrupted` it ends early with the result so far. Calls `settled` for each receiver, if
  /// the lines are to keep the peers' pace.
  std::function<task<Sent>(Message, StopSource& interrupted, Settled settled)> send;
  /// Waits until the next message fits.
  std::function<task<bool>(const Message& next)> room;
};
constexpr std::size_t own_lines_at_once = 20'000;

task<Sent> send_to_peers(Node& node, const Options& options, Message message, StopSource& interrupted,
                         Settled settled) {
  co_return co_await node.broadcaster().broadcast(
      std::move(message), {.timeout = options.timeout,
                           .limit = options.limit,
                           .policy = options.quorum ? DeliveryPolicy::quorum(*options.quorum) : DeliveryPolicy::all(),
                           .stop = &interrupted,
                           .on_outcome = [settled = std::move(settled)](const DeliveryProgress& progress) {
                             settled(progress.index, progress.outcome == PeerOutcome::delivered);
                           }});
}

task<Sent> send_through(LocalNode& node, const Options& options, Message message, StopSource& interrupted,
                        ProgressLine& progress) {
  const SendRequest request{.message = std::move(message),
                            .timeout = options.timeout,
                            .limit = options.limit,
                            .quorum = options.quorum,
                            .progress = terminal_at(STDERR_FILENO).present};
  const auto answer = co_await node.collect(request, "outcome", options.timeout, &interrupted, &progress);
  if (!answer) co_return std::unexpected(answer.error());
  auto report = report_from_json(answer->end.value("report", nlohmann::ordered_json()), answer->rows);
  if (!report) co_return std::unexpected(fmt::format("node '{}' sent an invalid report", node.id()));
  co_return *std::move(report);
}

class Sending {
 public:
  /// All arguments but the last outlive it; `metrics` may be null.
  Sending(AsioLoop& loop, Outlet outlet, ProgressLine& progress, MetricsFile* metrics, const Options& options,
          Content content)
      : loop_(loop),
        outlet_(std::move(outlet)),
        progress_(progress),
        metrics_(metrics),
        options_(options),
        content_(std::move(content)),
        interruption_(loop),
        pace_(options.to.peers.size(), options.timeout),
        output_(loop, STDOUT_FILENO) {}

  /// Sends everything, until the end, the first error of this machine, or an interruption. Returns the exit status.
  int run_to_end() {
    returned(loop_.run(run()));
    return conclude();
  }

 private:
  /// How long standard output may take, after an interruption.
  static constexpr Duration print_timeout = std::chrono::seconds(2);

  task<void> run() {
    Scope& scope = *(co_await this_context()).scope;
    write_metrics();
    if (error_) co_return;
    scope.spawn(heed_interruption());
    scope.spawn(progress_.show());
    if (metrics_) scope.spawn(metrics_->keep_writing());
    scope.spawn(std::holds_alternative<Message>(content_) ? send_message() : send_lines(scope));
    co_await report();
    write_metrics();
  }

  task<void> heed_interruption() {
    co_await interruption_.heed();
    co_await sleep_for(print_timeout);
    printing_ends_.request();
  }

  /// Prints errors on standard error and returns the exit status.
  int conclude() const {
    if (error_) return fail(*error_);
    return shortfall_.empty() ? exit_satisfied : fail(shortfall_, exit_unsatisfied);
  }

  task<void> send_message() {
    co_await send(std::get<Message>(content_), 0);
    all_sent_ = true;
    changed_.set();
  }

  task<void> send_lines(Scope& scope) {
    MessageLines lines(loop_, STDIN_FILENO, "standard input", std::get<LineFormat>(content_),
                       ExoClientOptions().message_bytes_max);
    while (!error_ && !interruption_.requested()) {
      auto outcome = co_await with_stop(lines.next(), interruption_.stop());
      if (const std::string* error = outcome.error()) error_ = *error;
      if (!outcome.ok() || !outcome->has_value()) break;
      Message message = **std::move(outcome);
      co_await with_stop(turn(message), interruption_.stop());
      if (!interruption_.requested()) scope.spawn(send(std::move(message), lines.line_number()));
    }
    all_sent_ = true;
    changed_.set();
  }

  /// Waits until the next line may be sent.
  task<void> turn(const Message& next) {
    for (;;) {
      const TimePoint held_until = pace_.holds_until(loop_.now());
      if (under_way_.size() < outlet_.lines_at_once && held_until <= loop_.now()) break;
      co_await change(held_until > loop_.now() ? Deadline::at(held_until) : Deadline::never());
    }
    co_await outlet_.room(next);
  }

  task<void> change(Deadline deadline = Deadline::never()) {
    changed_.reset();
    co_await changed_.wait(deadline);
  }

  task<void> send(Message message, std::size_t line) {
    UnderWay& under_way = under_way_.emplace_back(line, loop_.now());
    show_progress();
    pace_.started(loop_.now());
    under_way.sent = co_await outlet_.send(std::move(message), interruption_.stop(),
                                           [this, &under_way](std::size_t peer, bool delivered) {
                                             pace_.settled(peer, delivered, loop_.now());
                                             ++under_way.settled;
                                             if (&under_way == &under_way_.front())
                                               progress_.settled(under_way.settled);
                                             changed_.set();
                                           });
    changed_.set();
  }

  /// Prints each report, in the order of the lines, until the last.
  task<void> report() {
    for (;;) {
      while (!under_way_.empty() && under_way_.front().sent) {
        co_await conclude(under_way_.front());
        under_way_.pop_front();
        changed_.set();
      }
      if (all_sent_ && under_way_.empty()) break;
      show_progress();
      co_await change();
    }
    if (unsatisfied_ > 1)
      shortfall_ = fmt::format("{} of {} messages fell short; first {}", unsatisfied_, broadcasts_, shortfall_);
  }

  /// `one` and all messages before it have a report.
  task<void> conclude(const UnderWay& one) {
    const Sent& report = *one.sent;
    progress_.end();
    if (!report) {
      stop_with(where(one) + report.error());
      co_return;
    }
    ++broadcasts_;
    if (!report->satisfied && ++unsatisfied_ == 1) {
      shortfall_ = where(one) + (interruption_.requested() ? unfinished(*report) : exocast::shortfall(*report));
    }
    if (!error_) co_await show(*report, where(one));
  }

  /// Requests a stop of the messages in progress, without waiting for them.
  void stop_with(std::string error) {
    if (!error_) error_ = std::move(error);
    interruption_.stop().request();
  }

  /// Of the next message to report; for the local node, its own progress is shown.
  void show_progress() {
    if (options_.to.peers.empty()) return;
    if (under_way_.empty()) return progress_.end();
    const UnderWay& next = under_way_.front();
    progress_.begin(options_.to.peers.size(), next.begun, Deadline::after(next.begun, options_.timeout));
    progress_.settled(next.settled);
  }

  void write_metrics() {
    if (metrics_ == nullptr) return;
    if (auto written = metrics_->write(); !written && !error_) error_ = written.error();
  }

  /// Without blocking the loop: whoever reads the output may be slow.
  task<void> show(const Report& report, const std::string& where) {
    const Terminal out = terminal_at(STDOUT_FILENO);
    std::string text;
    if (options_.json) {
      text = to_json(report).dump() + '\n';
    } else if (std::holds_alternative<Message>(content_)) {
      text = to_table(report, {.colour = out.colour, .width = out.width});
    } else {
      text = where + to_summary(report) + '\n';
    }
    const auto printed = co_await with_stop(output_.write(text), printing_ends_);
    if (const std::string* error = printed.error()) stop_with("standard output: " + *error);
    if (printed.reason() == Reason::cancelled) stop_with("standard output: nobody reads it");
  }

  /// "line 3: ", or "" for a single message.
  static std::string where(const UnderWay& one) { return one.line == 0 ? "" : fmt::format("line {}: ", one.line); }

  AsioLoop& loop_;
  Outlet outlet_;
  ProgressLine& progress_;
  MetricsFile* metrics_;
  const Options& options_;
  Content content_;
  Interruption interruption_;

  LinePace pace_;
  std::deque<UnderWay> under_way_;  // in line order
  bool all_sent_ = false;
  Event changed_;  // in under_way_ or pace_
  LineWriter output_;
  StopSource printing_ends_;
  std::size_t broadcasts_ = 0;
  std::size_t unsatisfied_ = 0;
  std::string shortfall_;             // of the first broadcast whose policy was not satisfied
  std::optional<std::string> error_;  // an error of this machine
};

/// The broadcaster's own limit must not be lower than the limit of each broadcast.
BroadcasterOptions broadcaster_options(const Options& options) {
  BroadcasterOptions broadcaster;
  if (options.limit < max_peers) {
    broadcaster.limits.active = std::max(broadcaster.limits.active.count(), options.limit);
  }
  return broadcaster;
}

int send(const CLI::App& command, Options& options) {
  auto content = content_of(command, options.message);
  if (!content) return fail(content.error());
  if (auto completed = complete(options.to, options.quorum); !completed) return fail(completed.error());
  ProgressLine progress(terminal_at(STDERR_FILENO));
  if (options.to.peers.empty()) {
    for (const char* own : {"--link", "--gzip", "--metrics", "--metrics-interval"}) {
      if (given(command, own)) {
        return fail(fmt::format("{} is for links to peers that are named: the local node has its own", own));
      }
    }
    AsioLoop loop;
    auto node = LocalNode::find(loop, options.to.node, or_name_peers);
    if (!node) return fail(node.error());
    const Outlet outlet{.lines_at_once = 1,
                        .send =
                            [&](Message one, StopSource& interrupted, const Settled& /*settled*/) {
                              return send_through(*node, options, std::move(one), interrupted, progress);
                            },
                        .room = [](const Message& /*next*/) -> task<bool> { co_return true; }};
    return Sending(loop, outlet, progress, nullptr, options, *std::move(content)).run_to_end();
  }
  auto node =
      Node::start({.id = "exocast send",
                   .peers = options.to.peers,
                   .links = {.native = options.link == "auto" && !options.gzip, .client = {.gzip = options.gzip}},
                   .broadcaster = broadcaster_options(options),
                   .metrics = !options.metrics.path.empty()});
  if (!node) return fail(node.error());
  std::optional<MetricsFile> metrics;
  if (!options.metrics.path.empty()) metrics.emplace(**node, options.metrics);
  const Outlet outlet{.lines_at_once = own_lines_at_once,
                      .send =
                          [&](Message one, StopSource& interrupted, Settled settled) {
                            return send_to_peers(**node, options, std::move(one), interrupted, std::move(settled));
                          },
                      .room = [&](const Message& next) { return (*node)->broadcaster().room(next); }};
  return Sending((*node)->loop(), outlet, progress, metrics ? &*metrics : nullptr, options, *std::move(content))
      .run_to_end();
}

}  // namespace

void add_send_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  Options& o = *options;
  CLI::App& command = add_command(app, status, {"send", "Send a message to all peers and report who got it", help},
                                  [options](const CLI::App& chosen) { return send(chosen, *options); });
  add_message_options(command, o.message);
  add_peer_options(command, o.to);
  add_duration(command, "--timeout", o.timeout, std::chrono::milliseconds(1), "Timeout of a broadcast (15s)");
  add_count(command, "--limit", o.limit, 1, max_peers, "Peers that are sent to at once (all)");
  add_count(command, "--quorum", o.quorum, 1, max_peers, "Number of deliveries that is enough; the rest is cancelled");
  add_choice(command, "--link", o.link, {"auto", "exo"}, "KIND",
             "auto: native links to peers that offer them; exo: exo's protocol to all (auto)");
  add_flag(command, "--gzip", o.gzip, "Compress messages, over exo's protocol");
  add_metrics_options(command, o.metrics);
  add_flag(command, "--json", o.json, "Print each report as a line of JSON");
}

}  // namespace exocast
