// SPDX-License-Identifier: Apache-2.0
#pragma once
// Broadcaster: sends one message to every peer of a roster at the same time and reports the outcome of each.
//
//   Broadcaster broadcaster(loop, *Roster::make({{"n1", "10.0.0.1:50051", link1}, …}));
//   Report report = co_await broadcaster.broadcast(*Message::token_result("request", tokens, true), {.timeout = 2s});
//
//   auto ticket = broadcaster.publish(message);                 // does not wait
//   if (!ticket) co_await broadcaster.room(message);    // too much is under way
//
// Its promises, in tests of the same names (promises_test.cpp):
//   Concurrent   a broadcast takes as long as its slowest receiver, as far as the limits allow.
//   Isolated     one receiver makes no other one wait, at any rate: a receiver that falls behind loses its oldest
//                messages (BroadcasterOptions::broadcasts_max). If more than half fall behind at once, publish() is
//                refused once, for LaneLimits::patience.
//   Bounded      the limits of BroadcasterOptions over all broadcasts, BroadcastOptions::limit in each and LaneLimits
//                for each receiver hold at every moment.
//   Punctual     the report is there by the deadline, whatever receivers and links do.
//   Accounted    exactly one outcome per receiver; `delivered` only if the receiver's handler accepted the message.
//   Ordered      of the messages of one stream (kind, request id, class and key), each receiver gets the `delivered`
//                ones in the order in which they were published, each once. A message that is reported `timed_out`,
//                `cancelled` or `failed` may arrive later, or never.
//   Structured   a send that outlives its deadline belongs to the broadcaster, is counted, and drain() waits for it.
// Threading: one thread, that of the scheduler. Lifetime: the scheduler outlives the broadcaster and its broadcasts.
// Destroying it cancels the broadcasts under way; their reports say so.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <vector>

#include "exocast/gather/scope.h"
#include "exocast/histogram.h"
#include "exocast/options.h"
#include "exocast/replay.h"
#include "exocast/roster.h"
#include "exocast/ticket.h"

namespace exocast {

namespace detail {
class BroadcasterState;
class BroadcasterSeries;
}  // namespace detail

/// The state of a broadcaster, and its totals.
struct BroadcasterMetrics {
  std::size_t broadcasts = 0;        ///< under way
  std::size_t broadcasts_peak = 0;   ///< most under way at once
  std::size_t broadcasts_total = 0;  ///< started, without the refused ones
  std::size_t refused_total = 0;     ///< because too much was under way
  std::size_t bytes = 0;             ///< of the messages under way, each counted once
  std::size_t bytes_peak = 0;        ///< most bytes under way at once
  FairMetrics sends;                 ///< calls under way to exo's nodes; includes calls that outlived their broadcast
  std::size_t retired_lanes = 0;     ///< to receivers that have left, whose links still have sends under way
  std::size_t replay_messages = 0;   ///< kept for replay()
  std::size_t replay_bytes = 0;      ///< of these messages and their keys
};

/// Sends messages to the receivers of a roster, which may change.
class Broadcaster {
 public:
  /// Broadcasts to `roster` on `scheduler`, within the limits of `options`.
  Broadcaster(Scheduler& scheduler, Roster roster, const BroadcasterOptions& options = {});
  ~Broadcaster();

  /// Replaces the roster. A receiver that stays, with the same id and the same link, keeps its lane: the messages that
  /// wait in it, and its numbers. For every other receiver, waiting messages are `skipped` and sends under way are
  /// `cancelled`, both at once. Broadcasts under way keep the receivers they began with, and report on all of them.
  void set_roster(Roster roster);

  /// Sends `message` to every receiver of the roster, at once as far as the limits allow. Ends by the policy, or at the
  /// deadline at the latest. The message takes its place behind earlier ones when the task starts.
  ///
  /// The report has one outcome per receiver, in the order of the roster. Of an empty roster it is empty, and satisfied
  /// for the policies `all` and `fail_fast`. If too much is under way, all receivers are `skipped`, with
  /// RESOURCE_EXHAUSTED. Stopping the awaiting task stops the broadcast, without a report; use options.stop to have
  /// one.
  task<Report> broadcast(Message message, BroadcastOptions options = {});

  /// The same without waiting: the message has its place in the lane of every receiver when this returns. The error is
  /// RESOURCE_EXHAUSTED, and nothing was sent, if too much is under way: wait for room() and try again.
  std::expected<Ticket, Status> publish(Message message, BroadcastOptions options = {});

  /// Waits until publish(message, options) has room, or until `deadline`; false at the deadline. Keeps neither
  /// argument.
  task<bool> room(const Message& message, const BroadcastOptions& options = {}, Deadline deadline = Deadline::never());

  /// Refuses further messages, cancels the broadcasts under way and waits until their sends have ended, or until
  /// `deadline`. Returns the number of sends (batches) still under way.
  task<std::size_t> drain(Deadline deadline);

  /// The receivers of a broadcast that begins now. Cheap: the copy shares the list.
  Roster roster() const;

  /// What is kept of the class `of` above the position `after`, in order; see BroadcasterOptions::replay. Copies no
  /// content.
  std::vector<Replayed> replay(StreamClass of, std::uint64_t after = 0) const;

  /// Identifies its logs: Origin::log of its messages.
  std::uint64_t log() const noexcept;

  BroadcasterMetrics metrics() const noexcept;  ///< as of now

  /// The numbers of the lane to the receiver at `index` of roster(), from 0 to its size - 1.
  LaneMetrics lane_metrics(std::size_t index) const;

  /// The latency of its messages, from their place in the lane to the receiver's answer. Valid until the receiver has
  /// left the roster. `index` as above.
  const LatencyHistogram& lane_latency(std::size_t index) const noexcept;

 private:
  std::shared_ptr<detail::BroadcasterState> state_;
  std::unique_ptr<Scope> published_;  // owns the broadcasts of publish()
  std::unique_ptr<detail::BroadcasterSeries> series_;
};

}  // namespace exocast
