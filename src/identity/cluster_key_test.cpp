// SPDX-License-Identifier: Apache-2.0
#include "exocast/cluster_key.h"

#include <sys/stat.h>

#include <bit>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>
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

// What `openssl rand -base64 32` prints.
constexpr std::string_view line_1 = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=";
constexpr std::string_view line_2 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr std::string_view line_3 = "//////////////////////////////////////////8=";

TEST(ClusterKey, IsALineOfBase64WithOrWithoutItsNewline) {
  std::string bytes(32, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i);
  for (const char* end : {"", "\n", "\r\n", "\n\n"}) {
    const KeyFile file(std::string(line_2) + end);
    const auto key = ClusterKey::read(file.path());
    ASSERT_TRUE(key) << key.error();
    EXPECT_EQ(key->secrets(), 1U);
    EXPECT_EQ(key->derive("x"), ClusterKey::from(bytes)->derive("x"));
  }
}

TEST(ClusterKey, DerivesAsRfc5869Does) {
  const auto key = *ClusterKey::from(std::string(22, '\x0b'));  // test case 3: neither salt nor info
  const auto derived = key.derive("");
  EXPECT_EQ(hex(std::bit_cast<ClusterKey::Signature>(derived)),
            "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
}

TEST(ClusterKey, DerivesAKeyOfItsOwnForEachLabelAndSecret) {
  const auto key = *ClusterKey::parse(fmt::format("{}\n{}\n", line_1, line_2));
  EXPECT_NE(key.derive("one"), key.derive("other"));
  EXPECT_NE(key.derive("one", 0), key.derive("one", 1));
  EXPECT_EQ(key.derive("one", 1), ClusterKey::parse(line_2)->derive("one"));
}

TEST(ClusterKey, HasUpToThreeLinesBesideCommentsAndEmptyOnes) {
  const auto key = ClusterKey::parse(fmt::format("# new\n{}\n\n  # old\r\n\t{} \r\n{}", line_1, line_2, line_3));
  ASSERT_TRUE(key) << key.error();
  ASSERT_EQ(key->secrets(), 3U);
  EXPECT_EQ(key->fingerprint(0), ClusterKey::parse(line_1)->fingerprint());
  EXPECT_EQ(key->fingerprint(1), ClusterKey::parse(line_2)->fingerprint());
  EXPECT_EQ(key->fingerprint(2), ClusterKey::parse(line_3)->fingerprint());
  EXPECT_THAT(error_of(fmt::format("{0}\n{1}\n{2}\n{0}\n", line_1, line_2, line_3)),
              HasSubstr("line 4: a key file has 3 keys at most"));
}

TEST(ClusterKey, SignsWithTheFirstLineAndAcceptsAll) {
  const auto before = *ClusterKey::parse(line_1);
  const auto both = *ClusterKey::parse(fmt::format("{}\n{}\n", line_2, line_1));
  const auto of_old = before.sign("text");
  const auto of_new = both.sign("text");
  EXPECT_TRUE(both.is_signature({of_old.data(), of_old.size()}, "text"));
  EXPECT_TRUE(both.is_signature({of_new.data(), of_new.size()}, "text"));
  EXPECT_FALSE(before.is_signature({of_new.data(), of_new.size()}, "text"));
}

TEST(ClusterKey, IsEqualToAKeyWithTheSameSecretsInTheSameOrder) {
  const auto key = *ClusterKey::parse(fmt::format("{}\n{}\n", line_1, line_2));
  EXPECT_TRUE(key == *ClusterKey::parse(fmt::format("# again\n{}\n{}", line_1, line_2)));
  EXPECT_FALSE(key == *ClusterKey::parse(fmt::format("{}\n{}\n", line_2, line_1)));
  EXPECT_FALSE(key == *ClusterKey::parse(line_1));
}

TEST(ClusterKey, HasAFingerprintThatIsNoPartOfIt) {
  const auto key = *ClusterKey::parse(line_1);
  EXPECT_THAT(key.fingerprint(), testing::MatchesRegex("[0-9a-f]{16}"));
  EXPECT_NE(key.fingerprint(), "abcdef1234567890");  // the first bytes of the secret
}

TEST(ClusterKey, ANewLineIsAKeyAndNeverTheSame) {
  const std::string line = ClusterKey::make_line();
  EXPECT_TRUE(ClusterKey::parse(line));
  EXPECT_NE(line, ClusterKey::make_line());
}

TEST(ClusterKey, ALineThatIsNoKeyIsRefusedWithWhatToDo) {
  EXPECT_THAT(error_of("0123456789abcdef\n"),
              HasSubstr("line 1 is not 32 bytes in base64 (44 characters); make a key with: openssl rand -base64 32"));
  EXPECT_THAT(error_of(fmt::format("{}\n{}", line_1, line_2.substr(1))), HasSubstr("line 2 is not 32 bytes"));
  EXPECT_THAT(error_of(fmt::format("{}AAAA\n", line_2.substr(0, 40))), HasSubstr("line 1 is not 32 bytes"));
  EXPECT_THAT(error_of(""), HasSubstr("the file has no key"));
  EXPECT_THAT(error_of("# nothing\n\n"), HasSubstr("the file has no key"));
}

TEST(ClusterKey, AFileOverTheLimitIsRefused) {
  EXPECT_EQ(error_of(fmt::format("{}\n#{}", line_1, std::string(4050, 'c'))), "none");  // 4,096 bytes
  EXPECT_THAT(error_of(fmt::format("{}\n#{}", line_1, std::string(4051, 'c'))), HasSubstr("this one has more"));
  EXPECT_THAT(error_of(std::string(100'000, 'k')), HasSubstr("this one has more"));
}

TEST(ClusterKey, ASecretIsNeitherTooShortNorTooLong) {
  EXPECT_THAT(ClusterKey::from("0123456789abcde").error(), "a secret has 16 to 4096 bytes, this one has 15");
  EXPECT_TRUE(ClusterKey::from(std::string(4096, 'k')));
  EXPECT_FALSE(ClusterKey::from(std::string(4097, 'k')));
}

TEST(ClusterKey, IsReadableByItsOwnerAndItsGroupAlone) {
  for (const mode_t mode : {0600, 0400, 0640, 0440}) EXPECT_EQ(error_of(line_1, mode), "none") << mode;
  for (const mode_t mode : {0644, 0604, 0660, 0620, 0641}) {
    EXPECT_THAT(error_of(line_1, mode), HasSubstr(fmt::format("its mode {:04o} allows more", mode)));
  }
  EXPECT_THAT(error_of(line_1, 0644), HasSubstr("run chmod 600 or 640 on it"));
}

TEST(ClusterKey, SaysInOneLineWhyItCannotBeReadAndNeverWhatIsInIt) {
  EXPECT_THAT(ClusterKey::read("/nowhere/\nkey").error(), "cluster key /nowhere/ key: No such file or directory");
  EXPECT_THAT(ClusterKey::read("/").error(), HasSubstr("Is a directory"));
  EXPECT_THAT(error_of("c2VjcmV0"), testing::Not(HasSubstr("c2VjcmV0")));
}

}  // namespace
}  // namespace exocast
