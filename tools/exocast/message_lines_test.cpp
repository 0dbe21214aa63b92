// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/message_lines.h"

#include <cstdio>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exocast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// The messages in `text` as JSON lines; an error comes last, as "error: …".
std::vector<std::string> messages_in(const std::string& text, LineFormat format, std::size_t line_bytes_max = 100) {
  std::FILE* file = std::tmpfile();
  std::fputs(text.c_str(), file);
  std::rewind(file);
  AsioLoop loop;
  MessageLines lines(loop, fileno(file), "input", std::move(format), line_bytes_max);
  std::vector<std::string> found;
  for (bool more = true; more;) {
    auto next = loop.run(lines.next());
    more = next.ok() && next->has_value();
    if (more) found.push_back(std::to_string(lines.line_number()) + " " + to_json_line(**next));
    if (next.error() != nullptr) found.push_back("error: " + *next.error());
  }
  std::fclose(file);
  return found;
}

std::string tokens_event(const std::string& tokens, bool finished) {
  return R"({"event":"message","kind":"tokens","request_id":"r","tokens":[)" + tokens + R"(],"finished":)" +
         (finished ? "true}" : "false}");
}

TEST(MessageLines, WithoutARequestEachLineIsAStatus) {
  EXPECT_THAT(messages_in("{\"a\": 1}\n\n  \n[2]\n", {}),
              ElementsAre(R"(1 {"event":"message","kind":"status","request_id":"","status":{"a":1}})",
                          R"(4 {"event":"message","kind":"status","request_id":"","status":[2]})"));
}

TEST(MessageLines, WithARequestEachLineIsAListOfTokens) {
  EXPECT_THAT(messages_in("1,2\n3", {.request_id = "r"}),
              ElementsAre("1 " + tokens_event("1,2", false), "2 " + tokens_event("3", false)));
}

TEST(MessageLines, WithATopicEachLineIsData) {
  EXPECT_THAT(messages_in("{} \n\n\xff\n", {.topic = "t"}),
              ElementsAre(R"(1 {"event":"message","kind":"data","topic":"t","text":"{} "})",
                          R"(3 {"event":"message","kind":"data","topic":"t","base64":"/w=="})"));
}

TEST(MessageLines, FinishedIsTheLastLineAlone) {
  const LineFormat format = {.request_id = "r", .finished = true};
  EXPECT_THAT(
      messages_in("1\n2\n3\n\n", format),
      ElementsAre("1 " + tokens_event("1", false), "2 " + tokens_event("2", false), "3 " + tokens_event("3", true)));
  EXPECT_THAT(messages_in("1", format), ElementsAre("1 " + tokens_event("1", true)));
  EXPECT_THAT(messages_in("", format), ElementsAre());
}

TEST(MessageLines, AWrongLineIsNamedAndWhatCameBeforeItIsNotLost) {
  EXPECT_THAT(messages_in("1\n2,x\n3\n", {.request_id = "r"}),
              ElementsAre("1 " + tokens_event("1", false), HasSubstr("error: input: line 2: 'x' is not a token")));
  EXPECT_THAT(messages_in("{}\n{\n", {}), ElementsAre(HasSubstr("{}"), HasSubstr("error: input: line 2: ")));
  EXPECT_THAT(messages_in("{}\n123456\n", {}, 5),
              ElementsAre(HasSubstr("{}"), "error: input: line 2 is longer than 5 bytes"));
  EXPECT_THAT(messages_in("1\n123456\n", {.request_id = "r", .finished = true}, 5),
              ElementsAre("1 " + tokens_event("1", false), "error: input: line 2 is longer than 5 bytes"));
}

}  // namespace
}  // namespace exocast
