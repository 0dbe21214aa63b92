// SPDX-License-Identifier: Apache-2.0
#pragma once
// The sender process of `bench stream` and `bench isolation`: the sending half of a node (a link to each receiver and a
// broadcaster). It uses the line protocol of bench/peers/README.md.

#include <cstdint>
#include <string>
#include <vector>

namespace exocast::bench {

/// Sends to the receivers at `ports` of 127.0.0.1 over links of `kind` "native" or "exo", or over plain TCP for "raw"
/// (raw_load.h), until standard input ends. Returns the exit status.
int serve_load_sender(const std::string& kind, const std::vector<std::uint16_t>& ports);

}  // namespace exocast::bench
