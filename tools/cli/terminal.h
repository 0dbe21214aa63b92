// SPDX-License-Identifier: Apache-2.0
#pragma once
// What is at the other end of standard output and error: a terminal with its width and colours, or a program.
// Pure functions but for complain() and fail(); safe from any thread.

#include <cstddef>
#include <string_view>

#include "tools/cli/exit_status.h"

namespace exocast {

struct Terminal {
  bool present = false;    ///< false: a file, a pipe, nothing
  bool colour = false;     ///< ANSI colours are wanted
  std::size_t width = 0;   ///< columns; 0 where there is no terminal
  std::size_t height = 0;  ///< lines; likewise
};

/// What `fd` is connected to. Colours are for terminals that are not TERM=dumb, unless NO_COLOR is set (no-color.org).
Terminal terminal_at(int fd);

/// That rule by itself; a null pointer is a variable that is not set.
bool colours_wanted(bool is_terminal, const char* no_color, const char* term) noexcept;

/// "exocast: `text`" as one line of at most 400 columns on standard error, in one write.
void complain(std::string_view text);

/// Complains of `why` and returns `status`, for a command that ends so.
int fail(std::string_view why, int status = exit_error);

}  // namespace exocast
