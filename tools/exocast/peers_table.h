// SPDX-License-Identifier: Apache-2.0
#pragma once
// A node's peers as a table for people. A pure function, safe from any thread.

#include <string>
#include <vector>

#include "node/peer_rows.h"

namespace exocast {

/// The rows as a table with a heading and a summary line, each with a line end.
std::string to_table(const std::vector<PeerRow>& rows, std::size_t width, bool coloured);

}  // namespace exocast
