// SPDX-License-Identifier: Apache-2.0
#pragma once
// LaneOptions and LaneMetrics: the limits and numbers of a lane, the bounded and ordered queue in front of one peer.
//
//   BroadcasterOptions options;
//   options.lanes.limits.messages = 1'000;
//   options.lanes.overflow[static_cast<std::size_t>(StreamClass::tokens)] = Overflow::drop_oldest;
//
// A lane keeps its messages in order and sends them in batches. It resends messages that a broken connection certainly
// did not deliver (within RetryBudgetLimits), and skips messages while the peer is known to be dead (CircuitLimits).
// Plain values, safe on any thread; `on_answer` is called on the thread of the scheduler.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "exocast/backoff_limits.h"
#include "exocast/gather/deadline.h"
#include "exocast/gather/options.h"
#include "exocast/stream_class.h"

namespace exocast {

/// What happens to a peer that falls behind: its lane is over LaneLimits, or the broadcaster needs the room of what it
/// has not got (BroadcasterOptions::broadcasts_max). No policy drops a message without an outcome and a counter.
enum class Overflow : std::uint8_t {
  wait,         ///< it holds the sender: publish() is refused until it has caught up, or its messages have timed out
  latest_wins,  ///< as drop_oldest; and a new message replaces the waiting one with the same key, which is superseded
  drop_oldest,  ///< it loses its oldest messages, and makes no other peer wait
  disconnect,   ///< it is given up: all its waiting messages fail; for streams that are useless with gaps
};

/// All policies, in the order of declaration.
inline constexpr std::array all_overflows = {Overflow::wait, Overflow::latest_wins, Overflow::drop_oldest,
                                             Overflow::disconnect};

/// The name of the enumerator, as in options and reports: "latest_wins"; "unknown" for any other value.
constexpr std::string_view to_string(Overflow overflow) noexcept {
  constexpr std::array<std::string_view, all_overflows.size()> names = {"wait", "latest_wins", "drop_oldest",
                                                                        "disconnect"};
  const auto index = static_cast<std::size_t>(overflow);
  return index < names.size() ? names[index] : "unknown";
}

/// How much may wait for one peer. The lane is full when either limit is exceeded.
struct LaneLimits {
  /// Messages that wait; 1 or more. Default 16,384: 16 s of a stopped peer at 1,000 messages a second. Messages under
  /// way are bounded separately: FairLimits::per_target batches of each class.
  std::size_t messages = 16'384;
  /// Bytes of these messages, plus 1,440 for each. A single message of any size may wait alone. Default 256 MiB.
  std::size_t bytes = std::size_t{256} << 20;
  /// How long a lane may be full before the overflow policy acts, so that a short burst is only a short wait; zero: at
  /// once. And for how long a peer that answers nothing still counts among those who set the pace of publish().
  /// Default 500 ms: more than a garbage collection or a lost packet, and a pause that a person hardly notices.
  Duration patience = std::chrono::milliseconds(500);
};

/// How many calls to exo's nodes may be under way at once, in all lanes together. A native link takes no place: it has
/// one connection, and a window. All three are hard bounds.
struct FairLimits {
  /// Sends that hold a place. Default 256: four broadcasts of 64 at once.
  Limit active = 256;
  /// Sends that gave up their place because they took far longer than usual, and still run. Default: any number, which
  /// `per_target` and the number of peers bound; 0: no send gives up its place.
  std::optional<std::size_t> parked = std::nullopt;
  /// Sends to one peer and class, native links included. Default 8: so that one connection is always busy.
  Limit per_target = 8;
};

/// Numbers of sends (batches), with their peaks, and totals.
struct FairMetrics {
  std::size_t active = 0;          ///< that hold a place
  std::size_t parked = 0;          ///< that gave up their place and still run
  std::size_t waiting = 0;         ///< for a place, or for earlier sends to the same peer
  std::size_t active_peak = 0;     ///< most active at once
  std::size_t parked_peak = 0;     ///< most parked at once
  std::size_t in_flight_peak = 0;  ///< most active and parked at once, together
  std::size_t waiting_peak = 0;    ///< most waiting at once
  std::size_t granted_total = 0;   ///< that got a place
  std::size_t parked_total = 0;    ///< that were parked

  /// Sends under way: active and parked.
  std::size_t in_flight() const noexcept { return active + parked; }
};

/// How many retries a peer may cost: a token bucket, full at first. A retry costs one token and needs a bucket that is
/// more than half full. With the defaults: at most 5 retries at once, and one more for every 10 successes.
struct RetryBudgetLimits {
  /// A full bucket, in tokens: half as many retries may be scheduled at once. From 2 (so that half pays for a retry) to
  /// 1,000; a value outside counts as the nearest bound. Default 10.
  std::uint32_t tokens_max = 10;
  /// Refund for one success, in thousandths of a token; 0: none. Default 100: one retry for 10 successes.
  std::uint32_t per_success_millitokens = 100;
};

/// The state of a retry budget, and its totals.
struct RetryBudgetMetrics {
  std::uint32_t millitokens = 0;    ///< in the bucket
  std::size_t scheduled_total = 0;  ///< retries
  std::size_t refused_total = 0;    ///< retries refused because the bucket was at most half full
};

/// When a peer counts as dead. Then its circuit opens: messages to it are skipped at once, and single messages probe
/// it.
struct CircuitLimits {
  /// Deliveries in a row that did not reach the peer before the circuit opens; 0 counts as 1. Default 3: one may be bad
  /// luck, and the second may have met what the first left behind.
  std::size_t failures = 3;
  /// Minimum time between the first and the last of these. Default 5 s: longer than a node takes to restart.
  Duration span = std::chrono::seconds(5);
  /// Failures further apart than this are not in a row: the peer's state in between is unknown, and two restarts in a
  /// day are not a death. Default 60 s: several timeouts.
  Duration gap = std::chrono::seconds(60);
  /// The waits before probes. Default up to 500 ms for the first, up to 15 s for later ones: a peer that comes back is
  /// noticed within 15 s, and a dead one costs one connection attempt in 7.5 s on average.
  BackoffLimits probes = {.first = std::chrono::milliseconds(500), .most = std::chrono::seconds(15)};
};

/// The state of a circuit breaker (M. Nygard, "Release It!", 2007).
enum class CircuitState : std::uint8_t {
  closed,    ///< messages are sent
  open,      ///< messages are skipped
  half_open  ///< messages are skipped while one of them probes the peer
};

/// The name of the enumerator: "half_open"; "unknown" for any other value.
std::string_view to_string(CircuitState state) noexcept;

/// Totals of a circuit.
struct CircuitMetrics {
  std::size_t opened_total = 0;       ///< changes from closed to open
  std::size_t closed_total = 0;       ///< changes back to closed
  std::size_t probes_total = 0;       ///< deliveries sent while it was open
  std::size_t unreachable_total = 0;  ///< deliveries that did not reach the peer
};

/// How a peer answers.
enum class PeerState : std::uint8_t {
  healthy,  ///< with its usual latency
  slow,     ///< its oldest unanswered message waits far longer than usual
  stalled,  ///< messages wait, and none has been answered for long
  gone,     ///< it cannot be reached: its circuit is open
};

/// The name of the enumerator: "stalled"; "unknown" for any other value.
std::string_view to_string(PeerState state) noexcept;

/// When a peer counts as slow or stalled.
struct PeerHealthLimits {
  /// A wait is remarkable when it exceeds the usual latency by this factor, 1 or more. Default 4: a garbage collection
  /// or a burst of work doubles a latency every day.
  double factor = 4;
  /// No shorter wait counts as slow. Default 100 ms: what a person begins to notice, and more than the scheduling noise
  /// of a busy machine.
  Duration slow = std::chrono::milliseconds(100);
  /// No shorter silence counts as a stall. Default 2 s: a stopped process or a dead network, hardly work.
  Duration stalled = std::chrono::seconds(2);
  /// How long a peer must have been better before its state improves, and the minimum time between two changes. Default
  /// 1 s: long enough for a person to read it, short compared with the cost of a stall.
  Duration hold = std::chrono::seconds(1);
  /// The time constant of the moving average that is the usual latency, above zero, while the peer is healthy.
  Duration memory = std::chrono::seconds(2);
  Duration memory_unhealthy = std::chrono::minutes(1);  ///< the same while the peer is not healthy
};

/// The options of every lane of a broadcaster.
struct LaneOptions {
  LaneLimits limits = {};  ///< how much may wait for one peer

  /// The overflow policy of each class, by the number of the class. By default no peer holds the others.
  std::array<Overflow, all_stream_classes.size()> overflow = {Overflow::latest_wins, Overflow::drop_oldest,
                                                              Overflow::drop_oldest};

  RetryBudgetLimits retries = {};  ///< how often batches are sent again after the link broke
  CircuitLimits circuit = {};      ///< when a peer counts as dead
  PeerHealthLimits health = {};    ///< when a peer counts as slow or stalled

  /// The pauses after a peer could not be reached. Default up to 50 ms for the first, up to 2 s for later ones.
  BackoffLimits pauses = {.first = std::chrono::milliseconds(50), .most = std::chrono::seconds(2)};

  /// Called with the peer's id whenever the peer has answered messages, inside its link: it must not throw, publish,
  /// change the roster or use the link. Default: none.
  std::function<void(const std::string& peer)> on_answer = {};
};

/// The state of one lane, and its totals. Each message that has ended is in exactly one of the totals from
/// `delivered_total` to `closed_total`.
struct LaneMetrics {
  /// The messages of one class that wait.
  struct Line {
    std::size_t messages = 0;  ///< number of messages
    std::size_t bytes = 0;     ///< their bytes, plus 1,440 for each
    Duration oldest_age{};     ///< how long the first one has waited; zero if none waits
  };
  std::array<Line, all_stream_classes.size()> lines{};  ///< the messages that wait, by class
  std::size_t queued_messages = 0;                      ///< of all lines together
  std::size_t queued_bytes = 0;                         ///< of all lines together
  std::size_t queued_messages_peak = 0;                 ///< most queued_messages at once
  std::size_t queued_bytes_peak = 0;                    ///< most queued_bytes at once
  std::size_t batches = 0;                              ///< under way, including batches that wait for a place
  std::size_t batches_total = 0;                        ///< given to the link
  std::size_t delivered_total = 0;                      ///< accepted by the peer's handler
  std::size_t failed_total = 0;                         ///< refused by the peer, or the link broke
  std::size_t given_up_total = 0;                       ///< their broadcast ended first: timed out or cancelled
  std::size_t dropped_total = 0;                        ///< by an overflow policy
  std::size_t superseded_total = 0;                     ///< by a newer message with the same key
  std::size_t expired_total = 0;                        ///< before they were sent
  std::size_t skipped_total = 0;                        ///< because the circuit was open, or there is no link
  std::size_t too_large_total = 0;                      ///< for the link
  std::size_t closed_total = 0;                         ///< because the broadcaster was closed
  std::size_t resent_total = 0;                         ///< messages that were put back to be sent again
  RetryBudgetMetrics retries;                           ///< the state of its retry budget
  CircuitState circuit = CircuitState::closed;          ///< not closed: the peer counts as dead
  PeerState state = PeerState::healthy;                 ///< how the peer answers
};

}  // namespace exocast
