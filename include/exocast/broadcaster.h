// SPDX-License-Identifier: Apache-2.0
#pragma once
// Broadcaster: tells every peer of a roster the same thing at the same time, and says exactly who got it.
//
//   Broadcaster broadcaster(loop, *Roster::make({{"n1", "10.0.0.1:50051", link1}, …}));
//   Report report = co_await broadcaster.broadcast(*Message::token_result("request", tokens, true), {.timeout = 2s});
//
//   auto ticket = broadcaster.publish(message);                                             // does not wait
//   if (!ticket) co_await broadcaster.room(message.bytes());                                // too much under way
//
// What it promises, in tests of the same names (promises_test.cpp):
//   Concurrent   it takes as long as the slowest receiver, as far as the limits allow.
//   Isolated     what one receiver does changes nothing for another, while no more hang than the limits can park.
//   Bounded      FairLimits over all broadcasts together, BroadcastOptions::limit in each and LaneLimits for each
//   receiver
//                hold at every moment.
//   Punctual     the report is there by the deadline, whatever receivers and links do.
//   Accounted    exactly one outcome per receiver; `delivered` only if the receiver's handler accepted the message.
//   Ordered      of the messages of one stream (kind, request id, class and key), each receiver gets those reported
//                `delivered` in the order in which they were published, each once. One reported `timed_out`,
//                `cancelled` or `failed` may arrive later, or never.
//   Structured   what outlives its deadline belongs to the broadcaster, is counted, and is waited for by drain().
// Threading: one thread, that of the scheduler. Lifetime: the scheduler outlives it and its broadcasts. Destroying it
// cancels what is under way: reports that are waited for say so.

#include <cstddef>
#include <expected>
#include <memory>

#include "exocast/gather/scope.h"
#include "exocast/histogram.h"
#include "exocast/options.h"
#include "exocast/roster.h"
#include "exocast/ticket.h"

namespace exocast {

namespace detail {
class BroadcasterState;
class BroadcasterSeries;
}  // namespace detail

/// How a broadcaster stands, and how far it went.
struct BroadcasterMetrics {
  std::size_t broadcasts = 0;  ///< under way
  std::size_t broadcasts_peak = 0;
  std::size_t broadcasts_total = 0;
  std::size_t refused_total = 0;  ///< because too much was under way
  std::size_t bytes = 0;          ///< of the messages under way
  std::size_t bytes_peak = 0;
  FairMetrics sends;  ///< batches under way to all receivers together; includes those that outlived their broadcast
  std::size_t retired_lanes = 0;  ///< to receivers that have left, whose links have not ended what was under way
};

class Broadcaster {
 public:
  /// Broadcasts to `roster` on `scheduler`, within `options`.
  Broadcaster(Scheduler& scheduler, Roster roster, const BroadcasterOptions& options = {});
  ~Broadcaster();

  /// Who is told from now on. A receiver that stays, with the same id and the same link, keeps its line, what waits in
  /// it and its numbers. What waits for one that does not is `skipped`, what is under way to it `cancelled`, both at
  /// once. Broadcasts that have begun go on with those receivers they began with, and report on them all.
  void set_roster(Roster roster);

  /// Sends `message` to everyone in the roster, at once as far as the limits allow. Ends by the policy, or by the
  /// deadline at the latest. The report has one outcome per receiver, in the order of the roster; of an empty roster it
  /// is empty, and satisfied for the policies `all` and `fail_fast`. Stopping the awaiting task stops the broadcast,
  /// without a report; use options.stop to have one. It takes its place behind what was sent before when it starts.
  task<Report> broadcast(Message message, BroadcastOptions options = {});

  /// The same without waiting: the message has its place in every receiver's line when this returns, and is sent as
  /// those allow. RESOURCE_EXHAUSTED if too much is under way: nothing was sent then; wait for room().
  std::expected<Ticket, Status> publish(Message message, BroadcastOptions options = {});

  /// Waits until publish() has room for a message of `bytes`, or until `deadline`; false at the deadline.
  task<bool> room(std::size_t bytes = 0, Deadline deadline = Deadline::never());

  /// Takes nothing more, cancels what is under way and waits until it has wound down, or until `deadline`. Returns how
  /// many sends live on.
  task<std::size_t> drain(Deadline deadline);

  /// Whom a broadcast that begins now would tell.
  Roster roster() const;
  BroadcasterMetrics metrics() const noexcept;

  /// The line in front of the receiver at `index` of roster().
  LaneMetrics lane_metrics(std::size_t index) const;

  /// How long its messages took, from their place in the line to the receiver's answer. Valid until it has left the
  /// roster.
  const LatencyHistogram& lane_latency(std::size_t index) const noexcept;

 private:
  std::shared_ptr<detail::BroadcasterState> state_;
  std::unique_ptr<Scope> published_;  // what publish() started
  std::unique_ptr<detail::BroadcasterSeries> series_;
};

}  // namespace exocast
