// SPDX-License-Identifier: Apache-2.0
#include "lane/delivery.h"

#include <stdexcept>

#include <gtest/gtest.h>

namespace exocast {
namespace {

using namespace std::chrono_literals;

const TimePoint now = TimePoint(1h);
const Status exceeded = Status::deadline_exceeded("Deadline Exceeded");

void expect(const DeliveryError& seen, PeerOutcome outcome, StatusCode code, std::string_view text) {
  EXPECT_EQ(seen.outcome, outcome) << to_string(seen.outcome);
  EXPECT_EQ(seen.error.code, code);
  EXPECT_EQ(seen.error.text, text);
}

TEST(Delivery, DeadlineExceededIsATimeOutOnlyWhenTheDeadlineHasCome) {
  const auto after = [](Duration left) { return to_delivery_error(exceeded, Deadline::after(now, left), now, 2s); };
  expect(after(0ms), PeerOutcome::timed_out, StatusCode::deadline_exceeded, "no answer within 2000 ms");
  expect(after(5ms), PeerOutcome::timed_out, StatusCode::deadline_exceeded, "no answer within 2000 ms");
  expect(after(6ms), PeerOutcome::failed, StatusCode::deadline_exceeded, "Deadline Exceeded");
  expect(to_delivery_error(exceeded, Deadline::never(), now, Duration::max()), PeerOutcome::failed,
         StatusCode::deadline_exceeded, "Deadline Exceeded");
}

TEST(Delivery, AnyOtherErrorIsAFailureAlsoAtTheDeadline) {
  expect(to_delivery_error(Status::unavailable("gone"), Deadline::at(now), now, 2s), PeerOutcome::failed,
         StatusCode::unavailable, "gone");
}

TEST(Delivery, WhatStopsADeliveryIsSaidAndMakesAnUnsentOneNotStarted) {
  const auto sent = [](Reason reason) { return describe(DeliveryEnd(reason), Stage::sent, 1500us); };
  const auto unsent = [](Reason reason) { return describe(DeliveryEnd(reason), Stage::waiting, 1500us); };
  using enum PeerOutcome;
  expect(sent(Reason::timed_out), timed_out, StatusCode::deadline_exceeded, "no answer within 1.5 ms");
  expect(unsent(Reason::timed_out), not_started, StatusCode::ok, "not sent: no send slot became free within 1.5 ms");
  expect(describe(DeliveryEnd(Reason::timed_out), Stage::blocked, 1500us), not_started, StatusCode::ok,
         "not sent: earlier messages to this peer were not answered within 1.5 ms");
  expect(sent(Reason::enough_succeeded), cancelled, StatusCode::cancelled, "cancelled: enough others had succeeded");
  expect(unsent(Reason::enough_succeeded), not_started, StatusCode::ok, "not sent: enough others had succeeded");
  expect(sent(Reason::too_many_failed), cancelled, StatusCode::cancelled, "cancelled: too many others had failed");
  expect(sent(Reason::cancelled), cancelled, StatusCode::cancelled, "cancelled: the caller stopped it");
  expect(unsent(Reason::not_started), not_started, StatusCode::ok, "not sent: it was over");
}

TEST(Delivery, ASuccessHasNothingToSayAndAnErrorIsKept) {
  DeliveryEnd end;
  end.set_value(Unit{});
  expect(describe(end, Stage::sent, 1s), PeerOutcome::delivered, StatusCode::ok, "");
  end.set_error(DeliveryError{PeerOutcome::too_large, Status::resource_exhausted("big")});
  expect(describe(end, Stage::waiting, 1s), PeerOutcome::too_large, StatusCode::resource_exhausted, "big");
}

TEST(Delivery, WhatWasThrownIsAnInternalFailure) {
  DeliveryEnd end;
  end.set_exception(std::make_exception_ptr(std::runtime_error("a bug")));
  expect(describe(end, Stage::sent, 1s), PeerOutcome::failed, StatusCode::internal, "a bug");
  end.set_exception(std::make_exception_ptr(42));
  EXPECT_EQ(describe(end, Stage::sent, 1s).error.code, StatusCode::internal);
}

TEST(Delivery, ATimeoutWithoutEndNeedsNoNumber) {
  expect(describe(DeliveryEnd(Reason::timed_out), Stage::sent, Duration::max()), PeerOutcome::timed_out,
         StatusCode::deadline_exceeded, "no answer in time");
}

}  // namespace
}  // namespace exocast
