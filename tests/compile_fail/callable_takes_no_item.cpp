// expect-error: the callable of a gather must take an item of the range
// SPDX-License-Identifier: Apache-2.0
#include <vector>

#include "exocast/gather/gather.h"

exocast::task<int> no_item();

auto misuse() { return exocast::gather(std::vector{1, 2, 3}, no_item); }
