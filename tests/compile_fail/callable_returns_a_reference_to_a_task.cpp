// expect-error: the callable of a gather must return exocast::task<T> by value
// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/gather.h"

auto misuse(std::vector<exocast::task<int>>& tasks) {
  return exocast::gather(tasks, [](exocast::task<int>& work) -> exocast::task<int>& { return work; });
}
