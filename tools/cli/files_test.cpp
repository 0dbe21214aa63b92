// SPDX-License-Identifier: Apache-2.0
#include "tools/cli/files.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include <gtest/gtest.h>

namespace exocast {
namespace {

class ReadFileTest : public testing::Test {
 protected:
  ReadFileTest() {
    path_ = testing::TempDir() + "exocast_files_test_" + std::to_string(getpid());
    file_ = std::fopen(path_.c_str(), "w");
  }
  ~ReadFileTest() override {
    std::fclose(file_);
    std::remove(path_.c_str());
  }

  std::string path_;
  std::FILE* file_;
};

TEST_F(ReadFileTest, ReadsUpToTheLimit) {
  std::fputs("12345", file_);
  std::fflush(file_);
  EXPECT_EQ(read_file(path_, 5), "12345");
  EXPECT_EQ(read_file(path_, 4).error(), path_ + ": larger than 4 bytes");
}

TEST(ReplaceFile, IsWholeOrNotAtAll) {
  const std::string path = testing::TempDir() + "exocast_replace_test_" + std::to_string(getpid());
  ASSERT_TRUE(replace_file(path, "old"));
  const std::string large(10'000'000, 'x');
  ASSERT_TRUE(replace_file(path, large));
  EXPECT_EQ(read_file(path, large.size()), large);
  ASSERT_TRUE(replace_file(path, ""));
  EXPECT_EQ(read_file(path, 1), "");
  EXPECT_NE(access((path + ".new").c_str(), F_OK), 0);
  std::remove(path.c_str());
}

TEST(ReplaceFile, SaysInOneLineWhatIsWrongAndLeavesTheOldOne) {
  EXPECT_EQ(replace_file("no/such/file", "x").error(), "no/such/file: No such file or directory");
  const std::string folder = testing::TempDir() + "exocast_replace_test_folder";
  ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
  EXPECT_EQ(replace_file(folder, "x").error(), folder + ": Is a directory");
  EXPECT_NE(access((folder + ".new").c_str(), F_OK), 0);
  rmdir(folder.c_str());
}

TEST_F(ReadFileTest, RefusesFourGibibytesWithoutReadingThem) {
  ASSERT_EQ(ftruncate(fileno(file_), off_t{4} << 30), 0);
  EXPECT_EQ(read_file(path_, 1000).error(), path_ + ": larger than 1000 bytes");
}

TEST_F(ReadFileTest, StopsReadingWhatHasNoEnd) {
  EXPECT_EQ(read_file("/dev/zero", 1000).error(), "/dev/zero: larger than 1000 bytes");
}

TEST_F(ReadFileTest, NamesTheFileThatCannotBeRead) {
  EXPECT_EQ(read_file("/no/such/file", 10).error(), "/no/such/file: No such file or directory");
  EXPECT_EQ(read_file("/", 10).error(), "/: Is a directory");
}

}  // namespace
}  // namespace exocast
