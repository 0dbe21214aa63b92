// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reads exo's manual-discovery file, the list of a cluster's nodes:
//   {"peers": {"n1": {"address": "10.0.0.1", "port": 50051, "device_capabilities": {"model": "…", "chip": "…",
//    "memory": 16384, "flops": {"fp32": 1.5, "fp16": 3, "int8": 6}}}, …}}
// exo needs device_capabilities, exocast does not. Unknown keys are ignored, as by exo. An invalid file is refused as a
// whole, with one line that names the fault, so that no peer is lost silently.
// Reads the file at each call, blocking; safe from any thread.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "exocast/ids.h"

namespace exocast {

inline constexpr std::size_t max_peers_file_bytes = std::size_t{16} * 1024 * 1024;  ///< a larger file is an error
inline constexpr std::size_t max_peers = 65'536;                                    ///< more peers are an error

/// The peers in the file at `path`, sorted by id (JSON objects have no order). The error is one printable line with the
/// file and the fault: the system's error, the line and column of malformed JSON, or the key, as in
/// "peers.json: peers.n2.port: 70000 is not in 1..65535".
std::expected<std::vector<Peer>, std::string> read_peers_file(const std::string& path);

/// The peers in the text of such a file; errors name it `name`.
std::expected<std::vector<Peer>, std::string> parse_peers(std::string_view text, std::string_view name);

/// `peers` without the one with `own_id`: the receivers of a node that is listed in the file itself.
std::vector<Peer> without(std::vector<Peer> peers, std::string_view own_id);

}  // namespace exocast
