// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/node/cluster_options.h"

#include <algorithm>

#include "tools/cli/options.h"

namespace exocast {
namespace {

MembershipOptions preset_named(const std::string& name) {
  if (name == "wan") return MembershipOptions::wan();
  if (name == "loopback") return MembershipOptions::loopback();
  return MembershipOptions::lan();
}

}  // namespace

void add_cluster_options(CLI::App& command, ClusterArguments& arguments) {
  command
      .add_option("--discovery", arguments.discovery,
                  "How it finds others, may be given again: lan, by announcements on its networks; file, by --peers; "
                  "exo, by what exo's nodes announce; none (lan, or file with --peers)")
      ->check(CLI::IsMember({"lan", "file", "exo", "none"}), "")
      ->allow_extra_args(false)
      ->type_name("KIND");
  command.add_option("--peers", arguments.peers_file, "A file that lists the cluster; may change while the node runs")
      ->type_name("FILE");
  command
      .add_option("--cluster-key", arguments.key_file,
                  "A file with a secret of 16 bytes or more, the same for all nodes: only who has it takes part")
      ->type_name("FILE");
  command.add_option("--preset", arguments.preset, "How patient it is with silent nodes: lan, wan or loopback (lan)")
      ->check(CLI::IsMember({"lan", "wan", "loopback"}), "")
      ->type_name("NAME");
  add_count(command, "--discovery-port", arguments.discovery_port, 1, UINT16_MAX,
            "Where announcements are heard, the same for all nodes (5679)");
  command.add_flag("--announce-exo", arguments.announce_exo,
                   "Announce it to exo's nodes, too. They then give it layers of the model to run, which it cannot: "
                   "for clusters whose exo nodes do not infer");
  add_count(command, "--exo-port", arguments.exo_port, 1, UINT16_MAX, "Where exo's nodes are heard (5678)");
  add_count(command, "--exo-announce-port", arguments.exo_announce_port, 1, UINT16_MAX,
            "Where it is announced to exo's nodes (5678)");
}

std::expected<std::optional<ClusterOptions>, std::string> cluster_options(const ClusterArguments& arguments) {
  std::vector<std::string> kinds = arguments.discovery;
  if (kinds.empty()) kinds = {arguments.peers_file.empty() ? "lan" : "file"};
  const auto asked_for = [&](const char* kind) { return std::ranges::find(kinds, kind) != kinds.end(); };
  if (asked_for("none")) {
    if (kinds.size() > 1) return std::unexpected("--discovery none goes with no other");
    return std::nullopt;
  }
  if (asked_for("file") && arguments.peers_file.empty()) {
    return std::unexpected("--discovery file needs --peers FILE, the file that lists the cluster");
  }
  ClusterOptions options;
  options.membership = preset_named(arguments.preset);
  options.lan.reset();
  if (asked_for("lan")) options.lan = LanDiscoveryOptions{.port = arguments.discovery_port};
  options.peers_file = arguments.peers_file;
  if (asked_for("exo") || arguments.announce_exo) {
    options.exo = ExoDiscoveryOptions{
        .port = arguments.exo_port, .announce = arguments.announce_exo, .announce_port = arguments.exo_announce_port};
  }
  if (!arguments.key_file.empty()) {
    auto key = ClusterKey::read(arguments.key_file);
    if (!key) return std::unexpected("--cluster-key: " + key.error());
    options.key = *std::move(key);
  }
  return options;
}

}  // namespace exocast
