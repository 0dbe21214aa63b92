// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/foreground.h"

#include <unistd.h>

#include <string>

#include <fmt/format.h>

#include "exocast/gather/wait.h"

namespace exocast {
namespace {

void write_to_terminal(const std::string& text) {
  [[maybe_unused]] const auto written = write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

void ProgressLine::begin(std::size_t receivers, TimePoint now, Deadline deadline) noexcept {
  receivers_ = receivers;
  done_ = 0;
  begun_ = now;
  deadline_ = deadline;
}

void ProgressLine::end() noexcept {
  receivers_ = 0;
  if (drawn_) write_to_terminal("\r\x1B[K");
  drawn_ = false;
}

task<void> ProgressLine::show() {
  const Scheduler& scheduler = *(co_await this_context()).scheduler;
  while (terminal_.present) {
    co_await sleep_for(redrawn_every);
    if (receivers_ > 0 && scheduler.now() - begun_ >= shown_after) draw(scheduler.now());
  }
}

void ProgressLine::draw(TimePoint now) {
  const double seconds_left = std::chrono::duration<double>(deadline_.left(now)).count();
  write_to_terminal(fmt::format("\r\x1B[K{}/{} done, {:.1f} s left", done_, receivers_, seconds_left));
  drawn_ = true;
}

}  // namespace exocast
