// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/terminal.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/text.h"

namespace exocast {
namespace {

// For a terminal that does not report its size.
constexpr std::size_t usual_width = 80;
constexpr std::size_t usual_height = 24;
constexpr std::size_t complaint_columns_max = 400;

}  // namespace

bool colours_wanted(bool is_terminal, const char* no_color, const char* term) noexcept {
  const bool refused = no_color != nullptr && *no_color != '\0';
  return is_terminal && !refused && term != nullptr && std::string_view(term) != "dumb";
}

Terminal terminal_at(int fd) {
  if (isatty(fd) == 0) return {};
  winsize size{};
  const bool known = ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0;
  return {.present = true,
          .colour = colours_wanted(true, std::getenv("NO_COLOR"), std::getenv("TERM")),
          .width = known ? size.ws_col : usual_width,
          .height = known ? size.ws_row : usual_height};
}

void complain(std::string_view text) {
  const std::string line = "exocast: " + to_line(text, complaint_columns_max) + "\n";
  [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
}

int fail(std::string_view why, int status) {
  complain(why);
  return status;
}

}  // namespace exocast
