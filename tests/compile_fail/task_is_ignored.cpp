// expect-error: a task does nothing until it is awaited, spawned or gathered
// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/task.h"
#pragma clang diagnostic error "-Wunused-result"

exocast::task<int> work();

void misuse() { work(); }
