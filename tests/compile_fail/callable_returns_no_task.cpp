// expect-error: the callable of a gather must return exocast::task<T>
// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/gather.h"

auto misuse() {
  return exocast::gather(std::vector{1, 2, 3}, [](int number) { return 2 * number; });
}
