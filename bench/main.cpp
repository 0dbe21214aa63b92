// SPDX-License-Identifier: Apache-2.0
// The program `exocast-bench`: gather, fanout, stream and isolation, and the hidden commands of their processes.

#include <memory>

#include <CLI/CLI.hpp>

#include "bench/fanout/receivers.h"
#include "bench/fanout/sender.h"
#include "bench/fanout_bench.h"
#include "bench/gather_bench.h"
#include "bench/isolation_bench.h"
#include "bench/load/load_receiver.h"
#include "bench/load/load_sender.h"
#include "bench/peer_cluster.h"
#include "bench/stream_bench.h"
#include "tools/cli/command_line.h"
#include "tools/cli/exit_status.h"

namespace exocast::bench {
namespace {

constexpr std::size_t receivers_max = 10'000;

/// The positional arguments of a benchmark, and storage for its options while the command line is parsed.
template <class Options>
struct Arguments {
  Options options;
  TableOptions table;
};

template <class Options>
void run_bench(const char* name, const Arguments<Options>& arguments, void (*bench)(const Options&, Table&),
               int& status) {
  Table table(name, arguments.table);
  bench(arguments.options, table);
  table.finish();
  status = exit_satisfied;
}

template <class Options>
CLI::App& add_bench(CLI::App& parent, const char* name, const char* help,
                    const std::shared_ptr<Arguments<Options>>& arguments, void (*bench)(const Options&, Table&),
                    int& status) {
  CLI::App& command = *parent.add_subcommand(name, help);
  command.add_flag("--json", arguments->table.json, "Print one JSON array instead of a table");
  command.add_option("--save", arguments->table.save, "Write the JSON array to a file, too")->type_name("FILE");
  command.add_flag("--quick", arguments->options.quick,
                   "Small numbers and few rounds: shows that it works, not how fast");
  command.callback([=, &status] { run_bench(name, *arguments, bench, status); });
  return command;
}

void add_peers(CLI::App& command, std::filesystem::path& peers) {
  peers = peers_folder();
  command.add_option("--peers", peers, "Where `make bench-peers` put the programs to compare with")->type_name("DIR");
}

void add_gather(CLI::App& parent, int& status) {
  const auto arguments = std::make_shared<Arguments<GatherBench>>();
  CLI::App& command = add_bench(parent, "gather", "What a task of a gather costs", arguments, bench_gather, status);
  add_peers(command, arguments->options.peers);
}

void add_fanout(CLI::App& parent, int& status) {
  const auto arguments = std::make_shared<Arguments<FanoutBench>>();
  CLI::App& command =
      add_bench(parent, "fanout", "What a message to many receivers costs", arguments, bench_fanout, status);
  command.add_option("--n", arguments->options.receivers, "How many receivers, such as 8,64,256,1000")
      ->delimiter(',')
      ->type_name("LIST")
      ->check(CLI::Range(std::size_t{1}, receivers_max));
  command
      .add_option("--seconds", arguments->options.seconds, "For the longest comparison; the others take a part of it")
      ->type_name("S")
      ->check(CLI::Range(0.01, 60.0));
  add_peers(command, arguments->options.peers);
}

void add_stream(CLI::App& parent, int& status) {
  const auto arguments = std::make_shared<Arguments<StreamBench>>();
  CLI::App& command = add_bench(parent, "stream", "Tokens to 8 receivers: how fast, how dear, in order", arguments,
                                bench_stream, status);
  command
      .add_option("--seconds", arguments->options.seconds,
                  "Of each part; behind a receiver that stays stopped 6 times that")
      ->type_name("S")
      ->check(CLI::Range(0.1, 600.0));
  add_peers(command, arguments->options.peers);
}

void add_isolation(CLI::App& parent, int& status) {
  const auto arguments = std::make_shared<Arguments<IsolationBench>>();
  CLI::App& command =
      add_bench(parent, "isolation", "What receivers at fault cost the others", arguments, bench_isolation, status);
  command.add_option("--seconds", arguments->options.seconds, "Of each run")
      ->type_name("S")
      ->check(CLI::Range(0.1, 600.0));
  add_count(command, "--rounds", arguments->options.rounds, 1, 99, "Of each pair of runs; the median counts");
  add_flag(command, "--saturate", arguments->options.saturate,
           "As fast as it goes, instead of 1,000 messages a second");
  command.add_option("--systems", arguments->options.systems, "Which: native, exo, zeromq, nats, redis, mosquitto")
      ->delimiter(',')
      ->type_name("LIST")
      ->check(CLI::IsMember(isolation_systems()));
  add_peers(command, arguments->options.peers);
}

void add_receivers(CLI::App& parent, int& status) {
  const auto delay = std::make_shared<Duration>();
  CLI::App& command = *parent.add_subcommand("receivers", "Receivers for fanout")->group("");
  add_duration(command, "--delay", *delay, Duration::zero(), "How long the slow ones take")->required();
  command.callback([delay, &status] { status = serve_receivers(*delay); });
}

void add_sender(CLI::App& parent, int& status) {
  const auto options = std::make_shared<SenderOptions>();
  CLI::App& command = *parent.add_subcommand("sender", "A sender for fanout")->group("");
  command.add_option("--kind", options->kind)->required()->check(CLI::IsMember(sender_kinds()));
  command.add_option("--link", options->link)->check(CLI::IsMember({"native", "exo"}));
  add_count(command, "--port", options->port, 1, 65'535, "")->required();
  add_count(command, "--receivers", options->n, 1, receivers_max, "")->required();
  add_count(command, "--limit", options->limit, 1, receivers_max, "");
  add_count(command, "--burst", options->burst, 1, receivers_max, "");
  command.callback([options, &status] { status = serve_sender(*options); });
}

void add_load_receiver(CLI::App& parent, int& status) {
  const auto link = std::make_shared<std::string>();
  CLI::App& command = *parent.add_subcommand("load-receiver", "A receiver for stream and isolation")->group("");
  command.add_option("--link", *link)->required()->check(CLI::IsMember({"native", "exo", "raw"}));
  command.callback([link, &status] { status = serve_load_receiver(*link); });
}

void add_load_sender(CLI::App& parent, int& status) {
  struct Arguments {
    std::string link;
    std::vector<std::uint16_t> ports;
  };
  const auto arguments = std::make_shared<Arguments>();
  CLI::App& command = *parent.add_subcommand("load-sender", "A sender for stream and isolation")->group("");
  command.add_option("--link", arguments->link)->required()->check(CLI::IsMember({"native", "exo", "raw"}));
  command.add_option("--ports", arguments->ports)->required()->delimiter(',');
  command.callback([arguments, &status] { status = serve_load_sender(arguments->link, arguments->ports); });
}

constexpr const char* footer = R"(Examples:
  exocast-bench gather
  exocast-bench fanout --n 8,64 --seconds 1 --json
  exocast-bench isolation --systems native,zeromq

Each figure stands beside a reference measured in the same run; compare ratios, not times.
`make bench-peers` builds the programs to compare with.)";

void add_commands(CLI::App& app, int& status) {
  add_gather(app, status);
  add_fanout(app, status);
  add_stream(app, status);
  add_isolation(app, status);
  add_receivers(app, status);
  add_sender(app, status);
  add_load_receiver(app, status);
  add_load_sender(app, status);
}

}  // namespace
}  // namespace exocast::bench

int main(int argc, char** argv) {
  return exocast::run_program({"exocast-bench", "Measures what exocast costs, beside references in the same run.",
                               exocast::bench::footer, exocast::bench::add_commands},
                              argc, argv);
}
