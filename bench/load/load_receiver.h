// SPDX-License-Identifier: Apache-2.0
#pragma once
// A receiver of `bench stream` and `bench isolation`, in a process of its own: the receiving half of a node - a server,
// an inbox and one subscription - that checks the order of what it hears. It speaks the lines of bench/peers/README.md.

#include <string>

namespace exocast::bench {

/// Serves links of `kind`, "native" or "exo", or "raw" TCP without either (raw_load.h), until standard input ends.
/// Returns the exit status.
int serve_load_receiver(const std::string& kind);

}  // namespace exocast::bench
