// SPDX-License-Identifier: Apache-2.0
// Asks eight services at once. One of them hangs: the others do not wait for it, and the caller has its result by the
// deadline. Standard library and exocast/gather.h only.
#include "exocast/gather.h"

#include <cstdio>
#include <ranges>
#include <string>

using namespace exocast;  // NOLINT(google-build-using-namespace): an example is short
using namespace std::chrono_literals;

namespace {

task<int> ask(int service) {
  co_await sleep_for(service == 3 ? 1h : 20ms);  // service 3 hangs
  co_return service * 100;
}

task<int> ask_all(RunLoop& loop) {
  const auto deadline = Deadline::after(loop.now(), 200ms);
  const auto answers = co_await gather(std::views::iota(0, 8), ask, {.limit = 4, .deadline = deadline});
  for (std::size_t service = 0; service < answers.outcomes.size(); ++service) {
    const auto& outcome = answers.outcomes[service];
    if (outcome.ok()) {
      std::printf("service %zu: %d\n", service, *outcome);
    } else {
      std::printf("service %zu: %s\n", service, std::string(to_string(outcome.reason())).c_str());
    }
  }
  co_return static_cast<int>(answers.count(Reason::ok));
}

}  // namespace

int main() {
  RunLoop loop;
  const auto answered = loop.run(ask_all(loop));
  return answered.ok() && *answered == 7 ? 0 : 1;
}
