// expect-error: no matching function for call to 'gather'
// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/gather.h"

exocast::task<int> doubled(int number) { co_return 2 * number; }

auto misuse() { return exocast::gather(3, doubled); }
