// SPDX-License-Identifier: Apache-2.0
#pragma once
// Starts the nodes of a demo and finds out where they listen. Threading and lifetime: as Children.

#include <expected>
#include <string>
#include <vector>

#include "exocast/asio_loop.h"
#include "exocast/ids.h"
#include "tools/exocast/demo/child.h"
#include "tools/exocast/demo/plan.h"

namespace exocast::demo {

/// How long all of them may take to start: processes are started one after another, in 10 to 50 ms each on two cores.
inline constexpr Duration start_timeout = std::chrono::seconds(4);

/// A process for each node of `plan` ("n1", "n2", …), on ports of 127.0.0.1 that the system chooses. Their ids and
/// addresses, or one printable line on what went wrong. Those that were started are in `children` in any case.
task<std::expected<std::vector<Peer>, std::string>> start_nodes(AsioLoop& loop, const Plan& plan, Children& children);

}  // namespace exocast::demo
