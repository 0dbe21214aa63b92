// SPDX-License-Identifier: Apache-2.0
#include "exocast/link/backoff.h"

#include <set>

#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, IsDrawnFromZeroToTwiceAsMuchEachTimeUpToTheCap) {
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Backoff backoff({.first = 100ms, .cap = 500ms}, Random(seed));
    for (const Duration most : {100ms, 200ms, 400ms, 500ms, 500ms}) {
      EXPECT_EQ(backoff.most(), most);
      const Duration pause = backoff.next();
      EXPECT_GE(pause, 0ms);
      EXPECT_LE(pause, most);
    }
    backoff.reset();
    EXPECT_EQ(backoff.most(), 100ms);
  }
}

TEST(Backoff, SpreadsOverTheWholeRange) {
  std::set<int> tenths;
  for (std::uint64_t seed = 0; seed < 500; ++seed) {
    Backoff backoff({.first = 100ms, .cap = 1s}, Random(seed));
    tenths.insert(static_cast<int>(backoff.next() / 10ms));
  }
  EXPECT_GE(tenths.size(), 10U);
}

TEST(Backoff, TheSameSeedDrawsTheSamePauses) {
  Backoff one({}, Random(7));
  Backoff other({}, Random(7));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(one.next(), other.next());
}

TEST(Backoff, ACapOfAnyLengthDoesNotOverflow) {
  Backoff backoff({.first = 1h, .cap = Duration::max()}, Random(1));
  for (int i = 0; i < 200; ++i) EXPECT_GE(backoff.next(), 0ms);
  EXPECT_EQ(backoff.most(), Duration::max());
}

}  // namespace
}  // namespace exocast
