// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/io/line_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

/// All lines up to the end of input; an error comes last, as "error: …".
task<std::vector<std::string>> read_all(LineReader& reader) {
  std::vector<std::string> lines;
  for (;;) {
    auto line = co_await reader.next();
    if (!line) {
      lines.push_back("error: " + line.error());
      co_return lines;
    }
    if (!*line) co_return lines;
    lines.push_back(**std::move(line));
  }
}

class LineReaderTest : public testing::Test {
 protected:
  LineReaderTest() { EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0); }
  ~LineReaderTest() override {
    close_input();
    close(ends_[0]);
  }

  void close_input() {
    if (ends_[1] >= 0) close(std::exchange(ends_[1], -1));
  }
  void put(std::string_view text) const {
    ASSERT_EQ(write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::vector<std::string> lines_of(std::string_view text, std::size_t line_bytes_max) {
    put(text);
    close_input();
    LineReader reader(loop_, ends_[0], line_bytes_max);
    return loop_.run(read_all(reader)).value();
  }

  AsioLoop loop_;
  int ends_[2] = {-1, -1};
};

TEST_F(LineReaderTest, SplitsAtLineEndsOfBothKindsAndTheLastNeedsNone) {
  EXPECT_THAT(lines_of("a\nbb\r\n\nlast", 10), ElementsAre("a", "bb", "", "last"));
}

TEST_F(LineReaderTest, NothingIsNoLine) { EXPECT_THAT(lines_of("", 10), ElementsAre()); }

TEST_F(LineReaderTest, ALineMayBeAsLongAsTheLimit) {
  EXPECT_THAT(lines_of("12345\r\n12345\n12345", 5), ElementsAre("12345", "12345", "12345"));
}

TEST_F(LineReaderTest, ALongerLineIsRefusedByNumber) {
  EXPECT_THAT(lines_of("12345\n123456\n1\n", 5), ElementsAre("12345", "error: line 2 is longer than 5 bytes"));
}

TEST_F(LineReaderTest, ALongerLineIsRefusedBeforeItsEndIsSeen) {
  LineReader reader(loop_, ends_[0], 5);
  put("1234567");
  EXPECT_THAT(loop_.run(read_all(reader)).value(), ElementsAre("error: line 1 is longer than 5 bytes"));
}

TEST_F(LineReaderTest, WaitsForALineInPieces) {
  std::thread writer([this] {
    for (const char* piece : {"a", "b\nc", "\n"}) {
      std::this_thread::sleep_for(5ms);
      put(piece);
    }
    close_input();
  });
  LineReader reader(loop_, ends_[0], 10);
  EXPECT_THAT(loop_.run(read_all(reader)).value(), ElementsAre("ab", "c"));
  EXPECT_EQ(reader.line_number(), 2U);
  writer.join();
}

TEST_F(LineReaderTest, LeavesTheDescriptorBlockingForItsOtherOwners) {
  LineReader reader(loop_, ends_[0], 10);
  put("a\n");
  ASSERT_EQ(loop_.run(reader.next()).value(), "a");
  EXPECT_EQ(fcntl(ends_[0], F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(LineReaderTest, ReadsFilesToo) {
  std::FILE* file = std::tmpfile();
  std::fputs("x\ny\n", file);
  std::rewind(file);
  LineReader reader(loop_, fileno(file), 10);
  EXPECT_THAT(loop_.run(read_all(reader)).value(), ElementsAre("x", "y"));
  std::fclose(file);
}

TEST_F(LineReaderTest, WhatCannotBeReadIsTheSystemsWord) {
  const int folder = open("/", O_RDONLY | O_CLOEXEC);
  LineReader of_folder(loop_, folder, 10);
  EXPECT_THAT(loop_.run(read_all(of_folder)).value(), ElementsAre("error: Is a directory"));
  close(folder);
  LineReader of_nothing(loop_, folder, 10);
  EXPECT_THAT(loop_.run(read_all(of_nothing)).value(), ElementsAre("error: Bad file descriptor"));
}

}  // namespace
}  // namespace exocast
