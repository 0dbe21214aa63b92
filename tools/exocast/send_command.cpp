// SPDX-License-Identifier: Apache-2.0
// `exocast send`: broadcasts one message, or each line of standard input, and reports the outcomes. Uses its own links
// if peers are named, and those of the local node otherwise.
#include <unistd.h>

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "exocast/gather/gather.h"
#include "exocast/gather/wait.h"
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
#include "tools/exocast/local_node.h"
#include "tools/exocast/message_options.h"
#include "tools/exocast/peer_options.h"
#include "tools/exocast/send_way.h"
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
                    A line is sent as soon as it is read, as fast as the peers that
                    answer take them; a peer that falls silent delays them once, by an
                    eighth of the timeout. The reports come in the order of the lines.

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
  SendOptions each;
  MetricsFileOptions metrics;
  bool json = false;
  // For its own links.
  bool gzip = false;
  std::string link = "auto";  ///< "exo": no native links; gzip exists only in exo's protocol
};

class Sending {
 public:
  /// All arguments but the last outlive it; `metrics` may be null.
  Sending(AsioLoop& loop, SendWay& way, Interruption& interruption, ProgressLine& progress, MetricsFile* metrics,
          const Options& options, Content content)
      : loop_(loop),
        way_(way),
        interruption_(interruption),
        progress_(progress),
        metrics_(metrics),
        options_(options),
        content_(std::move(content)),
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
    scope.spawn(send());
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

  /// Sends all messages, and cancels them after an interruption.
  task<void> send() {
    if (const auto* message = std::get_if<Message>(&content_)) {
      co_await send(*message, 0);
    } else {
      co_await send_lines(std::get<LineFormat>(content_));
    }
    all_sent_ = true;
    way_.changed().set();
    co_await with_stop(wait_for_stop(), interruption_.stop());
    co_await way_.cancel();
  }
  static task<void> wait_for_stop() { co_await until_stopped(); }

  task<void> send_lines(const LineFormat& format) {
    MessageLines lines(loop_, STDIN_FILENO, "standard input", format, ExoClientOptions().message_bytes_max);
    while (!error_ && !interruption_.requested()) {
      auto outcome = co_await with_stop(lines.next(), interruption_.stop());
      if (const std::string* error = outcome.error()) keep_first(*error);
      if (!outcome.ok() || !outcome->has_value()) break;
      co_await send(**std::move(outcome), lines.line_number());
    }
  }

  /// `line` is 0 for a single message.
  task<void> send(Message message, std::size_t line) {
    lines_.push_back(line);
    const auto sent = co_await way_.send(std::move(message));
    if (sent && *sent) co_return;
    lines_.pop_back();
    if (!sent) stop_with(where(line) + sent.error());
  }

  /// Prints each report, in the order of the lines, until the last.
  task<void> report() {
    for (;;) {
      while (const auto sent = way_.take()) {
        const std::size_t line = lines_.front();
        lines_.pop_front();
        co_await conclude(line, *sent);
      }
      if (all_sent_ && lines_.empty()) break;
      show_progress();
      way_.changed().reset();
      co_await way_.changed().wait();
    }
    if (without_report_ > 1) *error_ += fmt::format(", and {} more lines have no report", without_report_ - 1);
    if (unsatisfied_ > 1)
      shortfall_ = fmt::format("{} of {} messages fell short; first {}", unsatisfied_, broadcasts_, shortfall_);
  }

  /// The message of `line` and all before it have ended.
  task<void> conclude(std::size_t line, const SendWay::Sent& report) {
    progress_.end();
    if (!report) {
      ++without_report_;
      stop_with(where(line) + report.error());
      co_return;
    }
    ++broadcasts_;
    if (!report->satisfied && ++unsatisfied_ == 1) {
      shortfall_ = where(line) + (interruption_.requested() ? unfinished(*report) : exocast::shortfall(*report));
    }
    if (!output_failed_) co_await show(*report, where(line));
  }

  void keep_first(std::string error) {
    if (!error_) error_ = std::move(error);
  }

  /// Requests a stop of the messages in progress, without waiting for them.
  void stop_with(std::string error) {
    keep_first(std::move(error));
    interruption_.stop().request();
  }

  /// Of the next message to report.
  void show_progress() {
    const SendProgress oldest = way_.oldest();
    if (oldest.receivers == 0) return progress_.end();
    progress_.begin(oldest.receivers, oldest.begun, Deadline::after(oldest.begun, options_.each.timeout));
    progress_.settled(oldest.settled);
  }

  void write_metrics() {
    if (metrics_ == nullptr) return;
    if (auto written = metrics_->write(); !written) keep_first(written.error());
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
    output_failed_ = !printed.ok();
    if (const std::string* error = printed.error()) stop_with("standard output: " + *error);
    if (printed.reason() == Reason::cancelled) stop_with("standard output: nobody reads it");
  }

  /// "line 3: ", or "" for a single message.
  static std::string where(std::size_t line) { return line == 0 ? "" : fmt::format("line {}: ", line); }

  AsioLoop& loop_;
  SendWay& way_;
  Interruption& interruption_;
  ProgressLine& progress_;
  MetricsFile* metrics_;
  const Options& options_;
  Content content_;

  std::deque<std::size_t> lines_;  // the numbers of the lines without a report
  bool all_sent_ = false;
  LineWriter output_;
  bool output_failed_ = false;
  StopSource printing_ends_;
  std::size_t broadcasts_ = 0;
  std::size_t unsatisfied_ = 0;
  std::size_t without_report_ = 0;
  std::string shortfall_;             // of the first broadcast whose policy was not satisfied
  std::optional<std::string> error_;  // an error of this machine
};

/// The broadcaster's own limit must not be lower than the limit of each broadcast.
BroadcasterOptions broadcaster_options(const Options& options) {
  BroadcasterOptions broadcaster;
  if (options.each.limit < max_peers) {
    broadcaster.limits.active = std::max(broadcaster.limits.active.count(), options.each.limit);
  }
  return broadcaster;
}

int send_through_local_node(const CLI::App& command, const Options& options, Content content) {
  for (const char* own : {"--link", "--gzip", "--metrics", "--metrics-interval"}) {
    if (given(command, own)) {
      return fail(fmt::format("{} is for links to peers that are named: the local node has its own", own));
    }
  }
  AsioLoop loop;
  auto node = LocalNode::find(loop, options.to.node, or_name_peers);
  if (!node) return fail(node.error());
  const Terminal standard_error = terminal_at(STDERR_FILENO);
  ProgressLine progress(standard_error);
  Interruption interruption(loop);
  LocalSends way(*node, loop, options.each, standard_error.present, interruption.stop());
  return Sending(loop, way, interruption, progress, nullptr, options, std::move(content)).run_to_end();
}

int send_over_own_links(const Options& options, Content content) {
  auto node =
      Node::start({.id = "exocast send",
                   .peers = options.to.peers,
                   .links = {.native = options.link == "auto" && !options.gzip, .client = {.gzip = options.gzip}},
                   .broadcaster = broadcaster_options(options),
                   .metrics = !options.metrics.path.empty()});
  if (!node) return fail(node.error());
  std::optional<MetricsFile> metrics;
  if (!options.metrics.path.empty()) metrics.emplace(**node, options.metrics);
  ProgressLine progress(terminal_at(STDERR_FILENO));
  Interruption interruption((*node)->loop());
  OwnLinks way(**node, options.each, interruption.stop());
  return Sending((*node)->loop(), way, interruption, progress, metrics ? &*metrics : nullptr, options,
                 std::move(content))
      .run_to_end();
}

int send(const CLI::App& command, Options& options) {
  auto content = content_of(command, options.message);
  if (!content) return fail(content.error());
  if (auto completed = complete(options.to, options.each.quorum); !completed) return fail(completed.error());
  if (options.to.peers.empty()) return send_through_local_node(command, options, *std::move(content));
  return send_over_own_links(options, *std::move(content));
}

}  // namespace

void add_send_command(CLI::App& app, int& status) {
  const auto options = std::make_shared<Options>();
  Options& o = *options;
  CLI::App& command = add_command(app, status, {"send", "Send a message to all peers and report who got it", help},
                                  [options](const CLI::App& chosen) { return send(chosen, *options); });
  add_message_options(command, o.message);
  add_peer_options(command, o.to);
  add_duration(command, "--timeout", o.each.timeout, std::chrono::milliseconds(1), "Timeout of a broadcast (15s)");
  add_count(command, "--limit", o.each.limit, 1, max_peers, "Peers that are sent to at once (all)");
  add_count(command, "--quorum", o.each.quorum, 1, max_peers,
            "Number of deliveries that is enough; the rest is cancelled");
  add_choice(command, "--link", o.link, {"auto", "exo"}, "KIND",
             "auto: native links to peers that offer them; exo: exo's protocol to all (auto)");
  add_flag(command, "--gzip", o.gzip, "Compress messages, over exo's protocol");
  add_metrics_options(command, o.metrics);
  add_flag(command, "--json", o.json, "Print each report as a line of JSON");
}

}  // namespace exocast
