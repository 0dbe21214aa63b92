// SPDX-License-Identifier: Apache-2.0
// Checks docs/wire.md against the code.
#include <fstream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "testing/link/raw_end.h"

namespace exocast::native {
namespace {

/// The blocks of hex digits in the document, as bytes.
std::vector<std::string> examples() {
  std::ifstream document("docs/wire.md");
  std::vector<std::string> blocks;
  bool inside = false;
  for (std::string line; std::getline(document, line);) {
    if (line == "```") {
      inside = !inside;
      if (inside) blocks.emplace_back();
      continue;
    }
    if (!inside) continue;
    for (std::size_t at = 0; at + 1 < line.size(); at += 3) {
      blocks.back().push_back(static_cast<char>(std::stoi(line.substr(at, 2), nullptr, 16)));
    }
  }
  return blocks;
}

TEST(Wire, TheExampleInTheDocumentIsWhatIsSent) {
  const std::vector messages{*Message::token_result("r", std::vector{7, 300}, true), *Message::opaque_status("", "{}")};
  const std::vector<std::string> sent{
      write(Hello{.session = 0x0123456789abcdef, .node_id = "a", .message_bytes_max = 256 << 20}),
      write(Welcome{.incarnation = 0x42,
                    .node_id = "b",
                    .message_bytes_max = 256 << 20,
                    .window_messages = 4096,
                    .window_bytes = 4 << 20}),
      write(LogNews{.log = 0x77}),
      test::RawEnd::batch(1, messages, 0, 0, 1),
      write(Ack{.handled = 2, .refused = {{.number = 2, .error = Status::unknown("no")}}}),
      write(LogNews{.log = 0x77, .settled = 2, .incomplete = {{2, 2}}}),
      write(Goodbye{.reason = Farewell::shutting_down})};
  EXPECT_EQ(examples(), sent);
}

TEST(Wire, TheLimitsInTheDocumentAreTheCodes) {
  EXPECT_EQ(batch_bytes_max, 65'536U);
  EXPECT_EQ(batch_messages_max, 256U);
  EXPECT_EQ(batch_overhead_max, 5'701U);
  EXPECT_EQ(LogProgress::ranges_max, 256U);
  EXPECT_EQ(control_frame_bytes_max, 1'048'576U);
  EXPECT_EQ(window_messages_max, 4'096U);
}

}  // namespace
}  // namespace exocast::native
