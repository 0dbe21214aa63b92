// expect-error: deleted
// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/task.h"

exocast::task<int> misuse(exocast::task<int>& work) { return exocast::task<int>(work); }
