// SPDX-License-Identifier: Apache-2.0
#include "exocast/question.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "message/proto/questions.pb.h"

namespace exocast {
namespace {

using testing::HasSubstr;

TEST(Question, ANameHasOneTo64OfTheLettersItMay) {
  EXPECT_TRUE(Question::make("a"));
  EXPECT_TRUE(Question::make("models.loaded_now-and.then"));
  EXPECT_TRUE(Question::make(std::string(64, 'x')));
  for (const std::string name : {"", "Health", "he lth", "h\xc3\xa9", "a1", "a/b", "x\n"}) {
    EXPECT_FALSE(Question::make(name)) << name;
  }
  EXPECT_EQ(Question::make(std::string(65, 'x')).error().find('\n'), std::string::npos);
  EXPECT_THAT(Question::make("a\nb").error(), HasSubstr("'a b' is no question"));
}

TEST(Question, AnArgumentIsUtf8OfUpTo64KiB) {
  EXPECT_EQ(Question::make("a", std::string(64 << 10, 'x'))->argument().size(), std::size_t{64} << 10);
  EXPECT_THAT(Question::make("a", std::string((64 << 10) + 1, 'x')).error(), HasSubstr("65537 bytes, 65536 at most"));
  EXPECT_THAT(Question::make("a", "\xff").error(), HasSubstr("not UTF-8"));
}

TEST(Question, WhatIsSentIsReadBackAndWhatIsNotOneIsRefused) {
  wire::AskRequest request;
  ASSERT_TRUE(request.ParseFromString(Question::make("models", "of n1")->encoded()));
  const auto received = Question::from_request(request);
  EXPECT_EQ(received->name(), "models");
  EXPECT_EQ(received->argument(), "of n1");
  request.set_name("No");
  EXPECT_FALSE(Question::from_request(request));
}

TEST(Question, TheServiceOnTheWireIsWhatItWas) {
  const auto& service = *wire::AskRequest::descriptor()->file()->FindServiceByName("NodeQuestions");
  EXPECT_EQ(service.full_name(), "exocast.wire.NodeQuestions");
  EXPECT_EQ(service.method(0)->name(), "Ask");
  EXPECT_EQ(wire::AskRequest::descriptor()->FindFieldByNumber(1)->name(), "name");
  EXPECT_EQ(wire::AskRequest::descriptor()->FindFieldByNumber(2)->name(), "argument");
  EXPECT_EQ(wire::AskResponse::descriptor()->FindFieldByNumber(1)->name(), "text");
}

}  // namespace
}  // namespace exocast
