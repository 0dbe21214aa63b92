// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/announcement.h"

#include <gtest/gtest.h>

namespace exocast {
namespace {

const Announcement sample = {.id = "nöde", .session = 0x0102030405060708, .port = 50051, .number = 7, .answer = true};

TEST(Announcement, IsReadAsItWasWritten) {
  EXPECT_EQ(decode_announcement(encode(sample)), sample);
  const Announcement least = {.id = "a", .session = 1, .port = 1};
  EXPECT_EQ(decode_announcement(encode(least)), least);
}

TEST(Announcement, OfTheLongestIdFitsADatagram) {
  Announcement longest = sample;
  longest.id = std::string(255, 'x');
  EXPECT_EQ(decode_announcement(encode(longest)), longest);
  EXPECT_LT(encode(longest).size(), 300U);
}

TEST(Announcement, IsRefusedWhenItCannotBeTrue) {
  const auto with = [](auto change) {
    Announcement changed = sample;
    change(changed);
    return decode_announcement(encode(changed));
  };
  EXPECT_FALSE(with([](Announcement& one) { one.id = ""; }));
  EXPECT_FALSE(with([](Announcement& one) { one.id = std::string(256, 'x'); }));
  EXPECT_FALSE(with([](Announcement& one) { one.id = "a\nb"; }));
  EXPECT_FALSE(with([](Announcement& one) { one.id = "\xff"; }));
  EXPECT_FALSE(with([](Announcement& one) { one.session = 0; }));
  EXPECT_FALSE(with([](Announcement& one) { one.port = 0; }));
  EXPECT_FALSE(
      decode_announcement(std::string_view("\x0a\x01"
                                           "a\x11\1\0\0\0\0\0\0\0\x18\x80\x80\x04",
                                           16)));  // port 65536
  EXPECT_FALSE(decode_announcement(""));
  EXPECT_FALSE(decode_announcement("garbage"));
}

TEST(Announcement, IsRefusedWhenItIsCutOff) {
  const std::string whole = encode({.id = "a", .session = 1, .port = 50051});
  for (std::size_t bytes = 0; bytes < whole.size(); ++bytes) {
    EXPECT_FALSE(decode_announcement(whole.substr(0, bytes))) << bytes << " bytes";
  }
}

}  // namespace
}  // namespace exocast
