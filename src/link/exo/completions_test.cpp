// SPDX-License-Identifier: Apache-2.0
#include "link/exo/completions.h"

#include <functional>
#include <semaphore>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/alarm.h>
#include <gtest/gtest.h>

namespace exocast {
namespace {

using ::testing::ElementsAre;

/// What the thread of a Completions did, in order. Written by that thread only.
using History = std::vector<std::string>;

/// Completes when it is rung.
class Bell final : public Completion {
 public:
  Bell(AsioLoop& loop, History& history, std::string name) : loop_(loop), history_(history), name_(std::move(name)) {}

  void ring(const Completions& on) {
    // A time in the past: the tag is in the queue when this returns.
    alarm_.Set(on.queue(), gpr_inf_past(GPR_CLOCK_MONOTONIC), tag());
  }
  void wait_until_prepared() { prepared_.acquire(); }
  void wait_until_completed() { completed_.acquire(); }

  std::function<void()> while_preparing = [] {};
  bool is_large = false;

 private:
  bool prepare(bool /*ok*/) noexcept override {
    note("prepared");
    while_preparing();
    prepared_.release();
    return is_large;
  }
  void completed(bool /*ok*/) noexcept override {
    note("completed");
    completed_.release();
  }
  void note(const char* what) { history_.push_back(name_ + " " + what + (loop_.inside() ? " inside" : " outside")); }

  AsioLoop& loop_;
  History& history_;
  std::string name_;
  grpc::Alarm alarm_;
  std::binary_semaphore prepared_{0};
  std::binary_semaphore completed_{0};
};

struct CompletionsTest : ::testing::Test {
  AsioLoop loop;
  History history;
  Bell first{loop, history, "first"};
  Bell second{loop, history, "second"};
  Completions completions{loop, std::make_unique<grpc::CompletionQueue>()};
};

TEST_F(CompletionsTest, WhatHasComeIsPreparedWhileAnotherThreadIsInsideTheLoop) {
  {
    const AsioLoop::Entry inside = loop.enter();
    first.ring(completions);
    first.wait_until_prepared();  // hangs if prepare() needs the loop
    EXPECT_THAT(history, ElementsAre("first prepared outside"));
  }
  first.wait_until_completed();
  EXPECT_THAT(history, ElementsAre("first prepared outside", "first completed inside"));
}

TEST_F(CompletionsTest, WhatIsReadyTogetherIsTakenInTogether) {
  first.while_preparing = [&] { second.ring(completions); };
  first.ring(completions);
  second.wait_until_completed();
  EXPECT_THAT(history, ElementsAre("first prepared outside", "second prepared outside", "first completed inside",
                                   "second completed inside"));
}

TEST_F(CompletionsTest, WhatIsLargeIsTakenInBeforeTheNextIsPrepared) {
  first.is_large = true;
  first.while_preparing = [&] { second.ring(completions); };
  first.ring(completions);
  second.wait_until_completed();
  EXPECT_THAT(history, ElementsAre("first prepared outside", "first completed inside", "second prepared outside",
                                   "second completed inside"));
}

}  // namespace
}  // namespace exocast
