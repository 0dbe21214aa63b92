// SPDX-License-Identifier: Apache-2.0
#include "control/control_path.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/control/control_fixture.h"

namespace exocast {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

class ControlPathTest : public testing::Test {
 protected:
  RuntimeFolder runtime_;
};

TEST_F(ControlPathTest, TheFolderIsInTheRuntimeFolderOrInTmpByUser) {
  EXPECT_EQ(control_folder(), runtime_.path() + "/exocast");
  for (const char* useless : {"", "relative"}) {
    setenv("XDG_RUNTIME_DIR", useless, 1);
    EXPECT_EQ(control_folder(), "/tmp/exocast-" + std::to_string(geteuid()));
  }
}

TEST_F(ControlPathTest, TheFolderIsMadeForTheUserAlone) {
  const auto made = make_control_folder();
  ASSERT_TRUE(made) << made.error();
  struct stat about{};
  ASSERT_EQ(stat(made->c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0700U);
  EXPECT_EQ(make_control_folder(), *made) << "it may be there already";
}

TEST_F(ControlPathTest, AFolderThatOthersMayEnterOrOwnIsRefused) {
  const std::string path = *make_control_folder();
  chmod(path.c_str(), 0755);
  EXPECT_THAT(make_control_folder().error(), HasSubstr("others may enter it"));
  EXPECT_THAT(control_ids().error(), HasSubstr("others may enter it"));
  chmod(path.c_str(), 0700);
  EXPECT_THAT(*folder_fault(path, geteuid() + 1), HasSubstr("belongs to user "));
  EXPECT_EQ(folder_fault(path, geteuid()), std::nullopt);
}

TEST_F(ControlPathTest, WhatIsNoFolderIsRefusedEvenIfItLeadsToOne) {
  const std::string path = control_folder();
  ASSERT_EQ(symlink(runtime_.path().c_str(), path.c_str()), 0);
  EXPECT_THAT(make_control_folder().error(), StartsWith(path + ": is not a folder"));
  unlink(path.c_str());
  std::ofstream(path) << "";
  EXPECT_THAT(make_control_folder().error(), StartsWith(path + ": is not a folder"));
}

TEST_F(ControlPathTest, ARuntimeFolderThatIsMissingIsNamed) {
  setenv("XDG_RUNTIME_DIR", "/no/such", 1);
  EXPECT_EQ(make_control_folder().error(), "/no/such/exocast: No such file or directory");
  EXPECT_THAT(*control_ids(), IsEmpty());
}

TEST(ControlFileTest, AnyIdHasASafeNameOfItsOwn) {
  for (const char* id : {"n1", "host.example-1_a", "a/b", "..", ".hidden", "a b", "%2F", "ä", "a=b:c", "\x01"}) {
    const std::string name = control_file(id);
    EXPECT_EQ(name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.%"),
              std::string::npos)
        << name;
    EXPECT_FALSE(name.starts_with('.')) << name;
    EXPECT_EQ(id_of_control_file(name), id);
  }
  EXPECT_EQ(control_file("a/b"), "a%2Fb.sock");
  EXPECT_EQ(control_file(".."), "%2E..sock");
}

TEST(ControlFileTest, OtherFilesAreNoSockets) {
  for (const char* name :
       {"", ".sock", "n1", "n1.sock~", "a%2.sock", "a%zz.sock", "a%+1.sock", "%6E1.sock", "a%2f.sock"}) {
    EXPECT_EQ(id_of_control_file(name), std::nullopt) << name;
  }
}

TEST_F(ControlPathTest, ATooLongPathIsRefusedWithBothSizes) {
  EXPECT_EQ(control_path("n1"), runtime_.path() + "/exocast/n1.sock");
  const std::string long_id(107 - runtime_.path().size() - std::string("/exocast/.sock").size(), 'x');
  EXPECT_TRUE(control_path(long_id));
  EXPECT_THAT(control_path(long_id + 'x').error(), HasSubstr("has 108 bytes, the system takes 107"));
}

TEST_F(ControlPathTest, IdsAreListedInOrderAndOtherFilesLeftOut) {
  EXPECT_THAT(*control_ids(), IsEmpty());
  const std::string folder = *make_control_folder();
  EXPECT_THAT(*control_ids(), IsEmpty());
  for (const char* name : {"b.sock", "a%2Fc.sock", "notes.txt"}) std::ofstream(folder + '/' + name) << "";
  EXPECT_THAT(*control_ids(), ElementsAre("a/c", "b"));
}

}  // namespace
}  // namespace exocast
