// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/io/line_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "exocast/gather/wait.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

class LineWriterTest : public testing::Test {
 protected:
  LineWriterTest() { EXPECT_EQ(pipe2(ends_, O_CLOEXEC), 0); }
  ~LineWriterTest() override {
    close(ends_[0]);
    close(ends_[1]);
  }

  AsioLoop loop_;
  int ends_[2] = {-1, -1};
  const std::string megabyte_ = std::string(1'000'000, 'x');  // more than a pipe holds
};

TEST_F(LineWriterTest, WritesAllOfItAsTheReaderTakesIt) {
  std::size_t received = 0;
  std::thread reader([&] {
    char piece[1024];
    while (received < megabyte_.size()) received += static_cast<std::size_t>(read(ends_[0], piece, sizeof piece));
  });
  LineWriter writer(loop_, ends_[1]);
  EXPECT_TRUE(loop_.run(writer.write(megabyte_)).ok());
  reader.join();
  EXPECT_EQ(received, megabyte_.size());
}

TEST_F(LineWriterTest, AReaderThatDoesNotReadDoesNotBlockTheLoop) {
  LineWriter writer(loop_, ends_[1]);
  const auto work = [&]() -> task<int> {
    const Context& context = co_await this_context();
    context.scope->spawn([](LineWriter& to, const std::string& text) -> task<void> {
      co_await to.write(text);
      ADD_FAILURE() << "nobody has read it";
    }(writer, megabyte_));
    co_await sleep_for(20ms);
    co_return 1;
  };
  EXPECT_EQ(loop_.run(work()).value(), 1);
}

TEST_F(LineWriterTest, AReaderThatIsGoneIsAnError) {
  const auto before = std::signal(SIGPIPE, SIG_IGN);
  close(std::exchange(ends_[0], open("/dev/null", O_RDONLY)));
  LineWriter writer(loop_, ends_[1]);
  EXPECT_EQ(*loop_.run(writer.write("x")).error(), "Broken pipe");
  std::signal(SIGPIPE, before);
}

TEST_F(LineWriterTest, AFullDiskIsAnError) {
  const int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
  LineWriter writer(loop_, full);
  EXPECT_EQ(*loop_.run(writer.write("x")).error(), "No space left on device");
  close(full);
}

}  // namespace
}  // namespace exocast
