// SPDX-License-Identifier: Apache-2.0
#pragma once
// The options of `exocast node` on how it finds its cluster.
// To be included by the .cpp files of commands only: CLI11 is large. One thread.

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "exocast/cluster_options.h"

namespace exocast {

/// What the command line said.
struct ClusterArguments {
  std::vector<std::string> discovery;
  std::string peers_file;
  std::string key_file;
  std::string preset = "lan";
  std::uint16_t discovery_port = LanDiscoveryOptions().port;
  std::uint16_t exo_port = ExoDiscoveryOptions().port;
  std::uint16_t exo_announce_port = ExoDiscoveryOptions().announce_port;
  bool announce_exo = false;
};

/// Adds --discovery, --peers, --cluster-key, --preset, --discovery-port, --announce-exo and exo's two ports.
void add_cluster_options(CLI::App& command, ClusterArguments& arguments);

/// What they mean; nothing for `--discovery none`. Reads the key. The error is one printable line.
std::expected<std::optional<ClusterOptions>, std::string> cluster_options(const ClusterArguments& arguments);

}  // namespace exocast
