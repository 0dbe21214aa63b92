// SPDX-License-Identifier: Apache-2.0
#include "exocast/status.h"

#include <gtest/gtest.h>

namespace exocast {
namespace {

TEST(Status, EveryCodeHasItsNameAndBack) {
  for (int number = 0; number <= 16; ++number) {
    const auto code = static_cast<StatusCode>(number);
    EXPECT_EQ(status_code_of(to_string(code)), code) << number;
  }
  EXPECT_EQ(to_string(StatusCode::resource_exhausted), "RESOURCE_EXHAUSTED");
  EXPECT_EQ(to_string(StatusCode::unauthenticated), "UNAUTHENTICATED");
}

TEST(Status, AnyOtherTextIsUnknown) {
  EXPECT_EQ(status_code_of("NO_SUCH_CODE"), StatusCode::unknown);
  EXPECT_EQ(status_code_of("OK"), StatusCode::unknown) << "that is no failure";
}

TEST(Status, IsPrintedAsItsCodeAndItsText) {
  EXPECT_EQ(to_string(Status::unavailable("no route")), "UNAVAILABLE: no route");
  EXPECT_EQ(to_string(Status::unavailable("")), "UNAVAILABLE");
  EXPECT_EQ(to_string(Status{.text = "never sent"}), "never sent");
  EXPECT_EQ(to_string(Status{}), "");
}

}  // namespace
}  // namespace exocast
