// SPDX-License-Identifier: Apache-2.0
#include "exocast/cluster_key.h"

#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exocast {
namespace {

using testing::HasSubstr;

/// A file that exists as long as its test.
class KeyFile {
 public:
  explicit KeyFile(std::string_view content, mode_t mode = 0600) {
    std::ofstream(path_, std::ios::binary) << content;
    ::chmod(path_.c_str(), mode);
  }
  ~KeyFile() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_ = testing::TempDir() + "cluster_key_test." + std::to_string(::getpid());
};

std::string hex(const ClusterKey::Signature& signature) {
  std::string text;
  for (const char byte : signature) {
    for (const int shift : {4, 0}) text += "0123456789abcdef"[static_cast<unsigned char>(byte) >> shift & 15];
  }
  return text;
}

std::string error_of(std::string_view content, mode_t mode = 0600) {
  const KeyFile file(content, mode);
  const auto key = ClusterKey::read(file.path());
  return key ? "none" : key.error();
}

TEST(ClusterKey, SignsAsRfc4231Does) {
  const auto key = ClusterKey::from(std::string(20, '\x0b'));  // test case 1
  ASSERT_TRUE(key);
  EXPECT_EQ(hex(key->sign("Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(key->sign("Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
}

TEST(ClusterKey, KnowsItsOwnSignatures) {
  const auto key = *ClusterKey::from("0123456789abcdef");
  const auto signature = key.sign("text");
  const std::string_view bytes(signature.data(), signature.size());
  EXPECT_TRUE(key.is_signature(bytes, "text"));
  EXPECT_FALSE(key.is_signature(bytes, "Text"));
  EXPECT_FALSE(key.is_signature(bytes.substr(1), "text"));
  EXPECT_FALSE(ClusterKey::from("0123456789abcdeF")->is_signature(bytes, "text"));
}

TEST(ClusterKey, IsAFilesContentWithoutOneNewline) {
  for (const char* content : {"0123456789abcdef", "0123456789abcdef\n", "0123456789abcdef\r\n"}) {
    const KeyFile file(content);
    const auto key = ClusterKey::read(file.path());
    ASSERT_TRUE(key) << key.error();
    EXPECT_EQ(hex(key->sign("x")), hex(ClusterKey::from("0123456789abcdef")->sign("x")));
  }
  const KeyFile two("0123456789abcdef\n\n");
  EXPECT_EQ(hex(ClusterKey::read(two.path())->sign("x")), hex(ClusterKey::from("0123456789abcdef\n")->sign("x")));
}

TEST(ClusterKey, IsNeitherTooShortNorTooLong) {
  EXPECT_THAT(error_of("0123456789abcde\n"), HasSubstr("a key has 16 to 4096 bytes, this one has 15 bytes"));
  EXPECT_THAT(error_of(""), HasSubstr("this one has 0 bytes"));
  EXPECT_EQ(error_of(std::string(4096, 'k') + "\r\n"), "none");
  EXPECT_THAT(error_of(std::string(4097, 'k')), HasSubstr("this one has more"));
  EXPECT_THAT(error_of(std::string(100'000, 'k')), HasSubstr("this one has more"));
}

TEST(ClusterKey, IsForItsOwnerAlone) {
  EXPECT_THAT(error_of("0123456789abcdef", 0644), HasSubstr("others than its owner may use it (mode 0644)"));
  EXPECT_THAT(error_of("0123456789abcdef", 0620), HasSubstr("mode 0620"));
  EXPECT_EQ(error_of("0123456789abcdef", 0400), "none");
}

TEST(ClusterKey, SaysInOneLineWhyItCannotBeReadAndNeverWhatIsInIt) {
  EXPECT_THAT(ClusterKey::read("/nowhere/\nkey").error(), "cluster key /nowhere/ key: No such file or directory");
  EXPECT_THAT(ClusterKey::read("/").error(), HasSubstr("Is a directory"));
  EXPECT_THAT(error_of("secret"), testing::Not(HasSubstr("secret")));
}

}  // namespace
}  // namespace exocast
