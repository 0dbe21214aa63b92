// expect-error: no (viable|matching)
// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/scope.h"

void misuse(exocast::Scope& scope, exocast::task<int> work) { scope.spawn(std::move(work)); }
