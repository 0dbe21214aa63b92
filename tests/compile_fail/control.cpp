// expect-success
// SPDX-License-Identifier: Apache-2.0
// The headers of the other cases, used rightly: if this does not compile, their errors prove nothing.
#include "exocast/gather.h"

exocast::task<int> doubled(int number) { co_return 2 * number; }

int main() {
  exocast::RunLoop loop;
  return loop.run(exocast::gather(std::vector{1, 2, 3}, doubled))->satisfied ? 0 : 1;
}
