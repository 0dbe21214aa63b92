// SPDX-License-Identifier: Apache-2.0
#pragma once
// What `exocast demo` does: starts real nodes as processes of their own, tells them something one by one, then all at
// once, and shows what that makes of the time, node by node.
//
// It ends within ten seconds and leaves no process behind, also when it is interrupted or killed (child.h). One thread.

#include "tools/exocast/demo/plan.h"

namespace exocast::demo {

/// Does it and returns the exit status: 0 if every node answered as its kind does, 2 if one did not, 1 for an error of
/// this machine. With `json` it prints one line: the report of the broadcast to all at once, with sequential_ms,
/// concurrent_ms, speedup, the options, and the outcomes one by one.
int run_demo(const Options& options, bool json);

}  // namespace exocast::demo
