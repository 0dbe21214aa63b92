// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/terminal.h"

#include <fcntl.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace exocast {
namespace {

TEST(Terminal, ColoursAreForTerminalsThatWantThem) {
  EXPECT_TRUE(colours_wanted(true, nullptr, "xterm"));
  EXPECT_TRUE(colours_wanted(true, "", "xterm")) << "an empty NO_COLOR counts as not set";
  EXPECT_FALSE(colours_wanted(true, "1", "xterm"));
  EXPECT_FALSE(colours_wanted(true, nullptr, "dumb"));
  EXPECT_FALSE(colours_wanted(true, nullptr, nullptr));
  EXPECT_FALSE(colours_wanted(false, nullptr, "xterm"));
}

TEST(Terminal, AFileIsNone) {
  const int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);
  const Terminal terminal = terminal_at(fd);
  close(fd);
  EXPECT_FALSE(terminal.present);
  EXPECT_FALSE(terminal.colour);
  EXPECT_EQ(terminal.width, 0U);
}

}  // namespace
}  // namespace exocast
