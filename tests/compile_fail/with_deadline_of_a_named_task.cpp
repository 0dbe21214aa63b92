// expect-error: deleted
// SPDX-License-Identifier: Apache-2.0
// A task is used up by awaiting it: `with_deadline(std::move(work), …)` says so.
#include "exocast/gather.h"

auto misuse(exocast::task<int>& work) { return exocast::with_deadline(work, exocast::Deadline::never()); }
