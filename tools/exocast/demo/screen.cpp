// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/demo/screen.h"

#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "tools/cli/files.h"

namespace exocast::demo {

void Screen::draw(std::string_view text) {
  std::string frame = lines_drawn_ > 0 ? fmt::format("\x1B[{}F", lines_drawn_) : "";
  lines_drawn_ = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  while (!text.empty()) {
    const auto end = text.find('\n');
    frame += text.substr(0, end);
    frame += "\x1B[K\n";  // wipes what the line before was longer
    text.remove_prefix(end + 1);
  }
  // A terminal that is gone shows nothing more; the demo goes on to its end all the same.
  static_cast<void>(print(frame));
}

}  // namespace exocast::demo
