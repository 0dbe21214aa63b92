// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads exo's manual-discovery file, the list of a cluster's nodes:
//   {"peers": {"n1": {"address": "10.0.0.1", "port": 50051, "device_capabilities": {"model": "…", "chip": "…",
//    "memory": 16384, "flops": {"fp32": 1.5, "fp16": 3, "int8": 6}}}, …}}
// We need no device_capabilities, exo does; unknown keys are ignored, as by exo. A wrong file is refused as a whole,
// with one line that says where it is wrong, so that no peer is lost in silence.
// Reads the file at each call, blocking; safe from any thread.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "exocast/ids.h"

namespace exocast {

inline constexpr std::size_t max_peers_file_bytes = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t max_peers = 65'536;

/// The peers in the file at `path`, sorted by id (JSON objects have no order). The error is one printable line that
/// names the file and what is wrong: the system's word for why it cannot be read, the line and column of malformed
/// JSON, or the key at fault, as in "peers.json: peers.n2.port: 70000 is not in 1..65535".
std::expected<std::vector<Peer>, std::string> read_peers_file(const std::string& path);

/// The same from the text of such a file; `name` stands for it in errors.
std::expected<std::vector<Peer>, std::string> parse_peers(std::string_view text, std::string_view name);

/// `peers` without the one with this id: whom a node that finds itself in the file has to tell.
std::vector<Peer> without(std::vector<Peer> peers, std::string_view own_id);

}  // namespace exocast
