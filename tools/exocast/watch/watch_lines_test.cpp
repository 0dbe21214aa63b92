// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/watch/watch_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const char* event) { return to_watch_line(Json::parse(event)); }

TEST(WatchLinesTest, EachEventIsALine) {
  EXPECT_EQ(line_of(R"({"event":"watching","id":"n1"})"), "n1 is watched\n");
  EXPECT_EQ(line_of(R"({"event":"message","kind":"tokens","request_id":"r","tokens":[1,-2],"finished":true})"),
            "tokens r: 1,-2 finished\n");
  EXPECT_EQ(line_of(R"({"event":"message","kind":"status","request_id":"","status":{"b":1,"a":[null]}})"),
            "status: {\"b\":1,\"a\":[null]}\n");
  EXPECT_EQ(line_of(R"({"event":"message","kind":"tokens","request_id":"r","tokens":[],"finished":false,)"
                    R"("tensor":{"dtype":"float32","shape":[2,3],"bytes":24}})"),
            "tokens r: float32 tensor of [2,3], 24 bytes\n");
  EXPECT_EQ(line_of(R"({"event":"message","kind":"status","request_id":"r","too_long":9000000})"),
            "status r: (9000000 bytes, too long to show)\n");
  EXPECT_EQ(line_of(R"({"event":"gap","missed":3})"), "(3 messages missed)\n");
  EXPECT_EQ(line_of(R"({"end":true,"messages":5,"missed":3})"), "5 messages seen, 3 missed\n");
}

TEST(WatchLinesTest, WhatIsNotKnownIsNoLineAndWhatIsKnownIsSafeToPrint) {
  EXPECT_EQ(line_of(R"({"event":"later"})"), "");
  EXPECT_EQ(line_of(R"({"event":"message","kind":"tokens","request_id":"a\nb\u001b[2J","tokens":[]})"),
            "tokens a b [2J: \n");
}

}  // namespace
}  // namespace exocast
