// SPDX-License-Identifier: Apache-2.0
#include "cluster/udp/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;

constexpr WallTime noon{std::chrono::sys_days{std::chrono::year{2026} / 11 / 25} + 12h};
constexpr auto purpose = Purpose::membership;

class Envelope : public testing::Test {
 protected:
  std::string sealed(std::string_view content, std::uint64_t nonce = 1) const {
    return seal(content, purpose, &key, noon, nonce);
  }
  /// The content, or the fault, as text.
  std::string open(std::string_view datagram, const ClusterKey* with, WallTime now = noon) {
    const auto content = unseal(datagram, purpose, with, now, window);
    return content ? std::string(*content) : "! " + std::string(to_string(content.error()));
  }

  const ClusterKey key = *ClusterKey::from("a secret of the cluster");
  const ClusterKey other_key = *ClusterKey::from("a secret of another one");
  ReplayWindow window;
};

TEST_F(Envelope, CarriesAnyContentWithAndWithoutAKey) {
  std::uint64_t nonce = 0;
  for (const std::string& content : {std::string(), std::string("hello"), std::string(1150, '\0')}) {
    EXPECT_EQ(open(sealed(content, ++nonce), &key), content);
    EXPECT_EQ(open(seal(content, purpose, nullptr, noon, 1), nullptr), content);
    EXPECT_EQ(sealed(content, ++nonce).size(), content.size() + envelope_bytes_max);
  }
}

TEST_F(Envelope, IsOnTheWireWhatTheHeaderSays) {
  EXPECT_EQ(seal("hi", Purpose::announcement, nullptr, noon, 7), std::string("exo\1\2\0hi", 8));
  const std::string datagram =
      seal("hi", purpose, &key, WallTime(std::chrono::microseconds(0x0102030405060708)), 0x1122);
  EXPECT_EQ(datagram.substr(0, 24), std::string("exo\1\1\1\x01\x02\x03\x04\x05\x06\x07\x08\0\0\0\0\0\0\x11\x22hi", 24));
}

TEST_F(Envelope, WithAKeyTakesNothingThatIsNotSigned) {
  EXPECT_EQ(open(seal("hi", purpose, nullptr, noon, 1), &key), "! not_signed");
}

TEST_F(Envelope, WithoutAKeySaysThatOthersHaveOne) { EXPECT_EQ(open(sealed("hi"), nullptr), "! signed_there"); }

TEST_F(Envelope, TakesNothingSignedWithAnotherKey) { EXPECT_EQ(open(sealed("hi"), &other_key), "! forged"); }

TEST_F(Envelope, TakesNothingOfWhichASingleBitIsChanged) {
  const std::string right = sealed("hello");
  for (std::size_t bit = 0; bit < right.size() * 8; ++bit) {
    std::string wrong = right;
    wrong[bit / 8] = static_cast<char>(wrong[bit / 8] ^ (1 << bit % 8));
    EXPECT_THAT(open(wrong, &key), testing::StartsWith("! ")) << "bit " << bit;
  }
  EXPECT_EQ(open(right, &key), "hello");  // the refused attempts did not use up the datagram
}

TEST_F(Envelope, TakesNothingThatIsCutOffOrLonger) {
  const std::string right = sealed("hello");
  for (std::size_t bytes = 0; bytes < right.size(); ++bytes) {
    EXPECT_THAT(open(std::string_view(right).substr(0, bytes), &key), testing::StartsWith("! ")) << bytes << " bytes";
  }
  EXPECT_EQ(open(right + '\0', &key), "! forged");
}

TEST_F(Envelope, IsTakenOnceAndInTime) {
  const std::string datagram = sealed("hi");
  EXPECT_EQ(open(datagram, &key, noon + 30s + 1us), "! skewed");
  EXPECT_EQ(open(datagram, &key, noon - 31s), "! skewed");
  EXPECT_EQ(open(datagram, &key), "hi");
  EXPECT_EQ(open(datagram, &key), "! replayed");
  EXPECT_EQ(open(sealed("hi", 2), &key), "hi");
}

TEST_F(Envelope, IsNotTakenForAnotherPurpose) {
  EXPECT_EQ(open(seal("hi", Purpose::announcement, &key, noon, 1), &key), "! foreign");
  EXPECT_EQ(open(seal("hi", Purpose::announcement, nullptr, noon, 1), nullptr), "! foreign");
}

TEST_F(Envelope, IsToldFromOthersAndFromLaterVersions) {
  EXPECT_EQ(open("", nullptr), "! foreign");
  EXPECT_EQ(open(R"({"type":"discovery"})", nullptr), "! foreign");
  EXPECT_EQ(open(std::string("exo\2\1\0hi", 8), nullptr), "! version");
  EXPECT_EQ(open(std::string("exo\1\1\2hi", 8), nullptr), "! foreign");
}

}  // namespace
}  // namespace exocast
