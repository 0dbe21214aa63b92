// SPDX-License-Identifier: Apache-2.0
#pragma once
// A receiver process of `bench stream` and `bench isolation`: the receiving half of a node (a server, an inbox and one
// subscription), which checks the order of its messages. It uses the line protocol of bench/peers/README.md.

#include <string>

namespace exocast::bench {

/// Serves links of `kind` "native" or "exo", or plain TCP for "raw" (raw_load.h), until standard input ends. Returns
/// the exit status.
int serve_load_receiver(const std::string& kind);

}  // namespace exocast::bench
