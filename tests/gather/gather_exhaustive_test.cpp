// SPDX-License-Identifier: Apache-2.0
// Every small gather: up to four items x their behaviour and duration x policy x limit x deadline x stops. Each case is
// checked against the rules that always hold. Where nothing can be parked, an oracle also predicts every outcome and
// the time.
//
// The release build runs all cases. Sanitized and debug builds are slower, and run one in `stride`.
#include <cstdio>
#include <span>

#include <gtest/gtest.h>

#include "testing/gather/exhaustigen.h"
#include "testing/gather/gather_judge.h"

namespace exocast {
namespace {

using test::describe;
using test::Does;
using test::Exhaustigen;
using test::GatherCase;
using test::GatherCaseRun;
using test::GatherJudge;
using test::GatherSeen;
using test::ItemPlan;
using test::Kind;
using Moment = std::optional<int>;

#if defined(EXOCAST_NO_FRAME_CACHE)
constexpr std::size_t stride = 101;  // a prime, so that every choice is covered
#elif defined(_GLIBCXX_ASSERTIONS) || (defined(__has_feature) && __has_feature(thread_sanitizer))
constexpr std::size_t stride = 29;
#else
constexpr std::size_t stride = 1;
#endif

struct PolicyPlan {
  Kind kind;
  std::size_t k = 1;
  std::optional<std::size_t> tolerated = {};
};
constexpr PolicyPlan policies[] = {
    {Kind::gather}, {Kind::gather, 1, 1}, {Kind::join},      {Kind::join, 1, 1},
    {Kind::race},   {Kind::race, 1, 0},   {Kind::quorum, 2}, {Kind::quorum, 2, 1},
};

/// Stops by the caller or options.stop. Steps are half of the shortest item: odd ones lie between ends.
struct StopPlan {
  Moment caller = {};
  Moment option = {};
};
constexpr StopPlan all_stops[] = {{}, {0, {}}, {2, {}}, {3, {}}, {{}, 0}, {{}, 2}, {{}, 3}, {3, 2}};
constexpr StopPlan few_stops[] = {{}, {3, {}}, {{}, 2}};
constexpr Moment all_deadlines[] = {{}, 0, 2, 3, 4};
constexpr Moment few_deadlines[] = {{}, 2, 3};
constexpr Moment item_deadlines[] = {{}, 2, 3};

constexpr ItemPlan all_items[] = {
    {Does::ok_now}, {Does::error_now},     {Does::callable_throws},  {Does::skips},
    {Does::ok, 2},  {Does::ok, 4},         {Does::error, 2},         {Does::throws, 4},
    {Does::hangs},  {Does::ignores_ok, 6}, {Does::ignores_error, 6}, {Does::winds_down, 1},
};
constexpr ItemPlan few_items[] = {{Does::ok_now}, {Does::error_now}, {Does::skips},         {Does::ok, 2},
                                  {Does::ok, 4},  {Does::error, 2},  {Does::ignores_ok, 6}, {Does::winds_down, 1}};

/// Enumerates the cases that `make` chooses, runs and judges them.
template <class Make>
void run_all(const char* what, Make make, bool exact) {
  Exhaustigen choices;
  std::size_t ran = 0;
  int wrong = 0;
  while (choices.next()) {
    const std::optional<GatherCase> plan = make(choices);
    if (!plan || choices.rounds() % stride != 0) continue;
    ++ran;
    const GatherSeen seen = GatherCaseRun(*plan).run();
    GatherJudge judge(*plan, seen);
    std::string complaint = judge.invariants();
    if (exact) complaint += judge.against_oracle();
    if (complaint.empty()) continue;
    ADD_FAILURE() << describe(*plan) << "\n  " << complaint;
    if (++wrong == 10) break;
  }
  EXPECT_GT(ran, 0U);
  std::printf("%s: %zu cases of %zu\n", what, ran, choices.rounds() - 1);
}

void choose_policy(GatherCase& plan, Exhaustigen& choices) {
  const PolicyPlan& policy = choices.one_of(policies);
  plan.kind = policy.kind;
  plan.k = policy.k;
  plan.tolerated = policy.tolerated;
}
void choose_stop(GatherCase& plan, Exhaustigen& choices, std::span<const StopPlan> stops) {
  const StopPlan& stop = choices.one_of(stops);
  plan.caller_stop = stop.caller;
  plan.option_stop = stop.option;
}

/// `least` to `most` items of any kind, under every combination of bounds and stops.
std::optional<GatherCase> full(Exhaustigen& choices, std::size_t least, std::size_t most) {
  GatherCase plan;
  plan.items.resize(least + choices.below(most - least + 1));
  choose_policy(plan, choices);
  plan.limit = 1 + choices.below(std::max<std::size_t>(1, plan.items.size()));
  plan.deadline = choices.one_of(all_deadlines);
  choose_stop(plan, choices, all_stops);
  plan.per_item = choices.one_of(item_deadlines);
  plan.sized = plan.per_item || choices.flip();
  for (ItemPlan& item : plan.items) item = choices.one_of(all_items);
  return plan;
}

TEST(GatherExhaustiveLong, UpToTwoItemsOfEveryKindUnderEveryBound) {
  run_all("up to two items", [](Exhaustigen& choices) { return full(choices, 0, 2); }, true);
}

TEST(GatherExhaustiveLong, ThreeItemsOfEveryKindUnderEveryBound) {
  run_all("three items", [](Exhaustigen& choices) { return full(choices, 3, 3); }, true);
}

TEST(GatherExhaustiveLong, FourItems) {
  run_all(
      "four items",
      [](Exhaustigen& choices) -> std::optional<GatherCase> {
        GatherCase plan;
        plan.items.resize(4);
        choose_policy(plan, choices);
        plan.limit = 1 + choices.below(4);
        plan.deadline = choices.one_of(few_deadlines);
        choose_stop(plan, choices, few_stops);
        for (ItemPlan& item : plan.items) item = choices.one_of(few_items);
        return plan;
      },
      true);
}

TEST(GatherExhaustiveLong, FourItemsInEveryOrderOfCompletion) {
  run_all(
      "four items in every order",
      [](Exhaustigen& choices) -> std::optional<GatherCase> {
        GatherCase plan;
        plan.items.resize(4);
        choose_policy(plan, choices);
        plan.limit = 1 + choices.below(4);
        for (ItemPlan& item : plan.items) {
          item.does = choices.flip() ? Does::ok : Does::error;
          item.steps = 1 + static_cast<int>(choices.below(4));  // equal ones end at the same tick
        }
        return plan;
      },
      true);
}

/// Long steps, so that items are parked. ParkDelay decides which ones and when, so there is no oracle here.
TEST(GatherExhaustiveLong, FourItemsOfWhichSomeAreParked) {
  constexpr ItemPlan slow_items[] = {{Does::ok_now}, {Does::ok, 1},         {Does::ok, 5},        {Does::error, 2},
                                     {Does::hangs},  {Does::ignores_ok, 8}, {Does::winds_down, 4}};
  run_all(
      "four items, parked",
      [&](Exhaustigen& choices) -> std::optional<GatherCase> {
        GatherCase plan;
        plan.step = std::chrono::milliseconds(20);
        plan.items.resize(4);
        choose_policy(plan, choices);
        plan.limit = 1 + choices.below(2);
        plan.parked = 1 + choices.below(2);
        plan.sized = choices.flip();
        plan.deadline = choices.one_of(few_deadlines);
        choose_stop(plan, choices, few_stops);
        for (ItemPlan& item : plan.items) item = choices.one_of(slow_items);
        return plan;
      },
      false);
}

}  // namespace
}  // namespace exocast
