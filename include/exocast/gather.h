// SPDX-License-Identifier: Apache-2.0
#pragma once
// All public headers of gather/: tasks, gather and its family, scopes, events, and RunLoop to run them.
//
//   #include "exocast/gather.h"
//   int main() { return exocast::RunLoop().run(work())->satisfied ? 0 : 1; }
//
// It needs the standard library only. docs/gather.md lists each function.

#include "exocast/gather/deadline.h"   // IWYU pragma: export
#include "exocast/gather/event.h"      // IWYU pragma: export
#include "exocast/gather/gather.h"     // IWYU pragma: export
#include "exocast/gather/options.h"    // IWYU pragma: export
#include "exocast/gather/outcome.h"    // IWYU pragma: export
#include "exocast/gather/policy.h"     // IWYU pragma: export
#include "exocast/gather/run_loop.h"   // IWYU pragma: export
#include "exocast/gather/scheduler.h"  // IWYU pragma: export
#include "exocast/gather/scope.h"      // IWYU pragma: export
#include "exocast/gather/stop.h"       // IWYU pragma: export
#include "exocast/gather/task.h"       // IWYU pragma: export
#include "exocast/gather/wait.h"       // IWYU pragma: export
