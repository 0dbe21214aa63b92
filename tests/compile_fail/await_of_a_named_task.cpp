// expect-error: (no viable|no member|expected rvalue|expects an rvalue)
// SPDX-License-Identifier: Apache-2.0
// A task is used up by awaiting it: `co_await std::move(work)` says so.
#include "exocast/gather/task.h"

exocast::task<int> misuse(exocast::task<int> work) { co_return co_await work; }
