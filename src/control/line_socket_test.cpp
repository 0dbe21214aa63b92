// SPDX-License-Identifier: Apache-2.0
#include "control/line_socket.h"

#include <array>
#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <boost/asio/buffer.hpp>
#include <boost/asio/local/connect_pair.hpp>
#include <boost/asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exocast/as_task.h"
#include "exocast/gather/gather.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;

class LineSocketTest : public testing::Test {
 protected:
  LineSocketTest() { boost::asio::local::connect_pair(ours_, theirs_); }

  void put(std::string_view text) { boost::asio::write(theirs_, boost::asio::buffer(text)); }

  /// The lines up to the end; an error comes last, after "error: ".
  std::vector<std::string> lines(std::size_t line_bytes_max) {
    LineSocket lines(std::move(ours_), line_bytes_max);
    std::vector<std::string> read;
    for (;;) {
      auto line = loop_.run(lines.read());
      if (line.error() != nullptr) {
        read.push_back("error: " + *line.error());
        return read;
      }
      if (!*line) return read;
      read.push_back(**std::move(line));
    }
  }

  /// All bytes that `ours` has written until it is closed.
  std::string received() {
    std::string text;
    std::array<char, 4096> piece;
    boost::system::error_code error;
    while (const auto got = theirs_.read_some(boost::asio::buffer(piece), error)) text.append(piece.data(), got);
    return text;
  }

  AsioLoop loop_;
  LocalStream::socket ours_{loop_.context()};
  LocalStream::socket theirs_{loop_.context()};
};

TEST_F(LineSocketTest, ReadsLinesAndLeavesOutWhatWasNotEnded) {
  put("a\n\nbb\ncut off");
  theirs_.close();
  EXPECT_THAT(lines(10), ElementsAre("a", "", "bb"));
}

TEST_F(LineSocketTest, ALineMayBeAsLongAsTheLimitAndNoLonger) {
  put("12345\n123456\n");
  EXPECT_THAT(lines(5), ElementsAre("12345", "error: a line is longer than 5 bytes"));
}

TEST_F(LineSocketTest, ALongLineIsRefusedBeforeItsEndIsSeen) {
  put("123456");
  EXPECT_THAT(lines(5), ElementsAre("error: a line is longer than 5 bytes"));
}

TEST_F(LineSocketTest, AStoppedReadLosesNothing) {
  LineSocket socket(std::move(ours_), 100);
  put("first half, ");
  const auto stopped = loop_.run(with_deadline(socket.read(), Deadline::after(loop_.now(), 20ms)));
  EXPECT_EQ(stopped->reason(), Reason::timed_out);
  put("second half\n");
  EXPECT_EQ(loop_.run(socket.read()).value(), "first half, second half");
}

TEST_F(LineSocketTest, WritesAllOfALongTextAsItIsRead) {
  const std::string text(3'000'000, 'x');
  std::string got;
  std::thread reader([&] { got = received(); });
  {
    LineSocket socket(std::move(ours_), 1);
    EXPECT_TRUE(loop_.run(socket.write(text)).ok());
  }
  reader.join();
  EXPECT_EQ(got.size(), text.size());
}

TEST_F(LineSocketTest, AnOtherEndThatIsGoneIsTheEndOfReadingAndAnErrorOfWriting) {
  LineSocket socket(std::move(ours_), 10);
  theirs_.close();
  EXPECT_EQ(loop_.run(socket.read()).value(), std::nullopt);
  EXPECT_EQ(*loop_.run(socket.write("x\n")).error(), "Broken pipe");
}

TEST_F(LineSocketTest, WhatIsOfferedIsDroppedRatherThanWaitedForAndNeverCut) {
  auto socket = std::make_unique<LineSocket>(std::move(ours_), 10);
  for (int i = 0; i < 100'000; ++i) socket->offer("progress\n");
  std::string got;
  std::thread reader([&] { got = received(); });
  EXPECT_TRUE(loop_.run(socket->write("the end\n")).ok());
  socket.reset();
  reader.join();
  ASSERT_TRUE(got.ends_with("progress\nthe end\n"));
  EXPECT_LT(got.size(), 900'000U);
  got.resize(got.size() - std::string_view("the end\n").size());
  while (got.ends_with("progress\n")) got.resize(got.size() - std::string_view("progress\n").size());
  EXPECT_EQ(got, "");
}

}  // namespace
}  // namespace exocast
