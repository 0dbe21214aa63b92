// SPDX-License-Identifier: Apache-2.0
#include <exocast/gather.h>

#include <cstdio>

exocast::task<int> doubled(int number) { co_return 2 * number; }

int main() {
  auto all = exocast::RunLoop().run(exocast::gather(std::vector{1, 2, 3}, doubled, {.limit = 2}));
  for (const auto& outcome : all->outcomes) std::printf("%d ", *outcome);
  return all->satisfied ? 0 : 1;
}
