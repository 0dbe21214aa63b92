// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/outcome.h"

#include <memory>
#include <set>
#include <stdexcept>
#include <string>

#include <gtest/gtest.h>

#include "testing/gather/world.h"

namespace exocast {
namespace {

using test::Counted;
using test::World;

TEST(Reason, EachHasAWordOfItsOwn) {
  std::set<std::string_view> words;
  for (std::size_t i = 0; i < reason_count; ++i) words.insert(to_string(static_cast<Reason>(i)));
  EXPECT_EQ(words.size(), reason_count);
  EXPECT_FALSE(words.contains(""));
  static_assert(to_string(Reason::ok) == "ok");
  static_assert(to_string(Reason::error) == "error");
  static_assert(to_string(Reason::timed_out) == "timed_out");
  static_assert(to_string(Reason::enough_succeeded) == "enough_succeeded");
  static_assert(to_string(Reason::too_many_failed) == "too_many_failed");
  static_assert(to_string(Reason::cancelled) == "cancelled");
  static_assert(to_string(Reason::not_started) == "not_started");
  static_assert(to_string(Reason::skipped) == "skipped");
}

TEST(Outcome, IsNotStartedAtFirst) {
  const Outcome<std::string> outcome;
  EXPECT_EQ(outcome.reason(), Reason::not_started);
  EXPECT_FALSE(outcome.ok());
  EXPECT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), nullptr);
  EXPECT_EQ(outcome.exception(), nullptr);
}

TEST(Outcome, HoldsAReasonWithoutAValue) {
  const Outcome<std::string> outcome(Reason::timed_out);
  EXPECT_EQ(outcome.reason(), Reason::timed_out);
  EXPECT_FALSE(outcome);
  EXPECT_EQ(outcome.error(), nullptr);
}

TEST(Outcome, HoldsAValue) {
  Outcome<std::string> outcome;
  outcome.set_value("word");
  EXPECT_TRUE(outcome);
  EXPECT_EQ(*outcome, "word");
  EXPECT_EQ(outcome->size(), 4U);
  *outcome += "s";
  EXPECT_EQ(outcome.value(), "words");
  const std::string taken = std::move(outcome).value();
  EXPECT_EQ(taken, "words");
}

TEST(Outcome, HoldsAnErrorEvenOfTheTypeOfTheValue) {
  Outcome<std::string, std::string> outcome;
  outcome.set_error("wrong");
  EXPECT_EQ(outcome.reason(), Reason::error);
  ASSERT_NE(outcome.error(), nullptr);
  EXPECT_EQ(*outcome.error(), "wrong");
  EXPECT_EQ(outcome.exception(), nullptr);
}

TEST(Outcome, HoldsWhatWasThrown) {
  Outcome<int, std::string> outcome;
  outcome.set_exception(std::make_exception_ptr(std::runtime_error("thrown")));
  EXPECT_EQ(outcome.reason(), Reason::error);
  EXPECT_EQ(outcome.error(), nullptr) << "it did not return an error";
  EXPECT_THROW(std::rethrow_exception(outcome.exception()), std::runtime_error);
}

TEST(Outcome, AnErrorThatIsAnExceptionIsNotAThrownOne) {
  Outcome<int> outcome;
  outcome.set_error(std::make_exception_ptr(std::runtime_error("returned")));
  EXPECT_NE(outcome.error(), nullptr);
  EXPECT_EQ(outcome.exception(), nullptr);
}

TEST(Outcome, MovesAValueThatOnlyMoves) {
  Outcome<std::unique_ptr<int>> a;
  a.set_value(std::make_unique<int>(5));
  Outcome<std::unique_ptr<int>> b = std::move(a);
  EXPECT_EQ(**b, 5);
  a = std::move(b);
  EXPECT_EQ(**a, 5);
}

/// Each kind of content in turn; 3 of them count their instances.
Outcome<Counted, Counted> content(int kind, int& alive) {
  Outcome<Counted, Counted> outcome;
  if (kind == 1) outcome.set_value(Counted(alive));
  if (kind == 2) outcome.set_error(Counted(alive));
  if (kind == 3) outcome.set_exception(std::make_exception_ptr(Counted(alive)));
  if (kind == 4) outcome = Outcome<Counted, Counted>(Reason::skipped);
  return outcome;
}

void expect_same(const Outcome<Counted, Counted>& a, const Outcome<Counted, Counted>& b) {
  EXPECT_EQ(a.reason(), b.reason());
  EXPECT_EQ(a.error() == nullptr, b.error() == nullptr);
  EXPECT_EQ(a.exception(), b.exception());
}

TEST(Outcome, ReplacesAnyContentByAnyOtherAndDropsTheOldOnce) {
  for (int from = 0; from < 5; ++from) {
    for (int to = 0; to < 5; ++to) {
      int alive = 0;
      {
        const auto wanted = content(to, alive);
        const int each = alive;
        auto copied = content(from, alive);
        copied = wanted;
        expect_same(copied, wanted);
        auto moved = content(from, alive);
        moved = content(to, alive);
        EXPECT_EQ(moved.reason(), wanted.reason());
        const Outcome<Counted, Counted> made = copied;  // NOLINT(performance-unnecessary-copy-initialization)
        expect_same(made, wanted);
        EXPECT_LE(alive, 4 * each);
      }
      EXPECT_EQ(alive, 0) << "from " << from << " to " << to;
    }
  }
}

TEST(Outcome, AssignedToItselfItStays) {
  Outcome<std::string> outcome;
  outcome.set_value("kept");
  Outcome<std::string>& same = outcome;
  outcome = same;
  outcome = std::move(same);
  EXPECT_EQ(*outcome, "kept");
}

TEST(Outcome, IsSetAnewByItsProducers) {
  Outcome<std::string, std::string> outcome;
  outcome.set_error("first");
  outcome.set_value("second");
  EXPECT_EQ(outcome.error(), nullptr);
  EXPECT_EQ(*outcome, "second");
  outcome.set_exception(std::make_exception_ptr(1));
  EXPECT_EQ(outcome.reason(), Reason::error);
  outcome.set_error("fourth");
  EXPECT_EQ(outcome.exception(), nullptr);
  EXPECT_EQ(*outcome.error(), "fourth");
}

TEST(OutcomeOf, TakesAnExpectedApart) {
  static_assert(std::same_as<OutcomeOf<int>, Outcome<int>>);
  static_assert(std::same_as<OutcomeOf<void>, Outcome<Unit>>);
  static_assert(std::same_as<OutcomeOf<std::expected<int, std::string>>, Outcome<int, std::string>>);
  static_assert(std::same_as<OutcomeOf<std::expected<void, std::string>>, Outcome<Unit, std::string>>);
}

task<std::expected<void, std::string>> finish(int how) {
  if (how == 0) co_return {};
  if (how == 1) co_return std::unexpected("returned");
  throw std::runtime_error("thrown");
}

TEST(OutcomeOf, KeepsReturnedAndThrownFailuresApart) {
  World world;
  EXPECT_TRUE(world.run(finish(0)).ok());
  const auto returned = world.run(finish(1));
  ASSERT_NE(returned.error(), nullptr);
  EXPECT_EQ(*returned.error(), "returned");
  const auto thrown = world.run(finish(2));
  EXPECT_EQ(thrown.error(), nullptr);
  EXPECT_THROW(std::rethrow_exception(thrown.exception()), std::runtime_error);
}

}  // namespace
}  // namespace exocast
