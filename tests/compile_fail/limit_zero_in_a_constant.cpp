// expect-error: must be initialized by a constant expression
// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/options.h"

constexpr exocast::GatherOptions options{.limit = 0};
