// SPDX-License-Identifier: Apache-2.0
#pragma once
// Whether standard output and error are terminals, with their width and colours. Pure functions, except complain() and
// fail(); safe from any thread.

#include <cstddef>
#include <string_view>

#include "tools/cli/exit_status.h"

namespace exocast {

struct Terminal {
  bool present = false;    ///< false: a file, a pipe, nothing
  bool colour = false;     ///< use ANSI colours
  std::size_t width = 0;   ///< columns; 0 without a terminal
  std::size_t height = 0;  ///< lines; 0 without a terminal
};

/// What `fd` is connected to. Colours need a terminal other than TERM=dumb, and NO_COLOR unset (no-color.org).
Terminal terminal_at(int fd);

/// The rule for colours alone; a null pointer is an unset variable.
bool colours_wanted(bool is_terminal, const char* no_color, const char* term) noexcept;

/// Prints "exocast: `text`" on standard error, as one line of at most 400 columns, in one write.
void complain(std::string_view text);

/// Prints `why` with complain() and returns `status`: `return fail(…);` ends a command.
int fail(std::string_view why, int status = exit_error);

}  // namespace exocast
