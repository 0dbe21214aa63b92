// SPDX-License-Identifier: Apache-2.0
#pragma once
// Broadcaster: tells every peer of a roster the same thing at the same time, and says exactly who got it.
//
//   Broadcaster broadcaster(loop, *Roster::make({{"n1", "10.0.0.1:50051", link1}, …}));
//   Report report = co_await broadcaster.broadcast(*Message::token_result("request", tokens, true), {.timeout = 2s});
//
// What it promises, in tests of the same names (promises_test.cpp):
//   Concurrent   it takes as long as the slowest receiver, as far as the limits allow.
//   Isolated     what one receiver does changes nothing for another, while no more hang than the limits can park.
//   Bounded      FairLimits over all broadcasts together, and BroadcastOptions::limit in each, hold at every moment.
//   Punctual     the report is there by the deadline, whatever receivers and links do.
//   Accounted    exactly one outcome per receiver; `delivered` only if the receiver's handler accepted the message.
//   Ordered      of broadcasts awaited one after another, each receiver gets those reported `delivered` in that order,
//                each once. One reported `timed_out`, `cancelled` or `failed` may arrive later, or never.
//   Structured   what outlives its deadline belongs to the scope of the awaiting task; once drained, nothing is left.
// Threading: one thread, that of the scheduler. Lifetime: the scheduler outlives it, its broadcasts and their scope.
// Broadcasts under way own what they use: they may outlive the Broadcaster.

#include <cstddef>
#include <memory>

#include "exocast/broadcast/options.h"
#include "exocast/broadcast/roster.h"

namespace exocast {

namespace detail {
struct BroadcasterState;
}

/// How a broadcaster stands, and how far it went.
struct BroadcasterMetrics {
  std::size_t broadcasts = 0;  ///< under way
  std::size_t broadcasts_peak = 0;
  std::size_t broadcasts_total = 0;
  std::size_t refused_total = 0;  ///< because too many were under way
  FairMetrics sends;              ///< of all broadcasts together; includes those that outlived their broadcast
};

class Broadcaster {
 public:
  /// Broadcasts to `roster` on `scheduler`, within `options`.
  Broadcaster(Scheduler& scheduler, Roster roster, const BroadcasterOptions& options = {});

  /// Sends `message` to everyone in the roster, at once as far as the limits allow. Ends by the policy, or by the
  /// deadline at the latest. The report has one outcome per receiver, in the order of the roster; of an empty roster it
  /// is empty, and satisfied for the policies `all` and `fail_fast`. Stopping the awaiting task stops the broadcast,
  /// without a report; use options.stop to have one.
  task<Report> broadcast(Message message, BroadcastOptions options = {});

  const Roster& roster() const noexcept;
  BroadcasterMetrics metrics() const noexcept;

 private:
  std::shared_ptr<detail::BroadcasterState> state_;
};

}  // namespace exocast
