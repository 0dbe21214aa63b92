// SPDX-License-Identifier: Apache-2.0
#include "exocast/gather/stop.h"

#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

namespace exocast {
namespace {

struct Flag final : StopCallback {
  void on_stop() noexcept override {
    ++times;
    was_registered = registered();
    if (then) then();
  }
  int times = 0;
  bool was_registered = true;
  std::function<void()> then;
};

TEST(StopSource, TellsEverythingRegisteredOnceInTheSameCall) {
  StopSource source;
  Flag a, b;
  source.add(a);
  source.add(b);
  EXPECT_FALSE(source.requested());
  source.request();
  EXPECT_TRUE(source.requested());
  EXPECT_EQ(a.times, 1);
  EXPECT_EQ(b.times, 1);
  source.request();
  EXPECT_EQ(a.times, 1) << "a second request does nothing";
}

TEST(StopSource, ACallbackHasLeftBeforeItIsTold) {
  StopSource source;
  Flag a;
  source.add(a);
  EXPECT_TRUE(a.registered());
  source.request();
  EXPECT_FALSE(a.was_registered);
}

TEST(StopSource, IsRequestedAlreadyWhenCallbacksLook) {
  StopSource source;
  Flag a;
  bool requested = false;
  a.then = [&] { requested = source.requested(); };
  source.add(a);
  source.request();
  EXPECT_TRUE(requested);
}

TEST(StopSource, WhoHasLeftIsNotTold) {
  StopSource source;
  Flag a, b, c;
  for (Flag* each : {&a, &b, &c}) source.add(*each);
  b.leave();
  b.leave();  // no effect: not registered
  source.request();
  EXPECT_EQ(a.times + c.times, 2);
  EXPECT_EQ(b.times, 0);
}

TEST(StopSource, ADestroyedCallbackLeavesByItself) {
  StopSource source;
  Flag a;
  auto b = std::make_unique<Flag>();
  source.add(a);
  source.add(*b);
  b.reset();
  source.request();
  EXPECT_EQ(a.times, 1);
}

TEST(StopSource, ACallbackMayDestroyItselfAndMakeOthersLeave) {
  struct Mortal final : StopCallback {
    explicit Mortal(Flag& other) : other(other) {}
    void on_stop() noexcept override {
      other.leave();
      delete this;
    }
    Flag& other;
  };
  StopSource source;
  Flag other, last;
  source.add(last);
  source.add(other);
  source.add(*new Mortal(other));  // called first: registered last
  source.request();
  EXPECT_EQ(other.times, 0);
  EXPECT_EQ(last.times, 1);
}

TEST(StopSource, ARequestInsideARequestTellsTheRestOnce) {
  StopSource source;
  std::vector<std::unique_ptr<Flag>> callbacks;
  for (int i = 0; i < 5; ++i) {
    callbacks.push_back(std::make_unique<Flag>());
    callbacks.back()->then = [&] { source.request(); };
    source.add(*callbacks.back());
  }
  source.request();
  for (const auto& each : callbacks) EXPECT_EQ(each->times, 1);
}

TEST(StopSource, LetsGoOfItsCallbacksWhenItIsDestroyed) {
  Flag a;
  {
    StopSource source;
    source.add(a);
  }
  EXPECT_FALSE(a.registered());
  EXPECT_EQ(a.times, 0);
}

TEST(StopSource, MayBeDestroyedByAnyOfThoseItTells) {
  for (const int destroying : {0, 1, 2}) {
    auto source = std::make_unique<StopSource>();
    Flag all[3];
    for (int i = 0; i < 3; ++i) {
      if (i == destroying) {
        all[i].then = [&] {
          for (Flag& each : all) each.leave();  // as a waiting task does when it is destroyed
          source.reset();
        };
      }
      source->add(all[i]);
    }
    source->request();  // calls the last one first
    EXPECT_EQ(source, nullptr);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(all[i].times, i >= destroying ? 1 : 0);
  }
}

TEST(StopSource, CanBeMadeNewAndUsedAgain) {
  StopSource source;
  Flag a;
  source.add(a);
  source.request();
  source.reset();
  EXPECT_FALSE(source.requested());
  source.add(a);
  source.request();
  EXPECT_EQ(a.times, 2);
}

}  // namespace
}  // namespace exocast
