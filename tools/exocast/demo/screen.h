// SPDX-License-Identifier: Apache-2.0
#pragma once
// Screen: a text on a terminal that is drawn over itself as it changes. One thread.

#include <cstddef>
#include <string_view>

#include "tools/cli/terminal.h"

namespace exocast::demo {

class Screen {
 public:
  explicit Screen(const Terminal& standard_output) noexcept : terminal_(standard_output) {}

  /// Whether a text of so many lines can be drawn over: there is a terminal, high enough to show all of it.
  bool can_redraw(std::size_t lines) const noexcept { return terminal_.present && lines < terminal_.height; }

  /// Prints `text`, which ends with a line end, over the one drawn before.
  void draw(std::string_view text);

 private:
  Terminal terminal_;
  std::size_t lines_drawn_ = 0;
};

}  // namespace exocast::demo
