// SPDX-License-Identifier: Apache-2.0
#pragma once
// The options of one broadcast and of a broadcaster.
//
//   co_await broadcaster.broadcast(message, {.timeout = 2s, .policy = DeliveryPolicy::quorum(3)});
//
// Every number has a default, and is a limit unless its comment says otherwise. Plain values, safe on any thread.
// Lifetime: `stop` outlives the broadcast, `metrics` the broadcaster.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include "exocast/gather/options.h"
#include "exocast/gather/policy.h"
#include "exocast/gather/stop.h"
#include "exocast/lane_options.h"
#include "exocast/replay.h"
#include "exocast/report.h"
#include "exocast/roster.h"

namespace exocast {

class Metrics;

/// When a broadcast is over, and what counts as success.
class DeliveryPolicy {
 public:
  /// Waits for the outcome of every receiver. Satisfied if all were delivered, except for the tolerated failures.
  static constexpr DeliveryPolicy all() noexcept { return DeliveryPolicy({}); }

  /// As `all`, but once more receivers than tolerated have failed, the others are cancelled.
  static constexpr DeliveryPolicy fail_fast() noexcept { return DeliveryPolicy({.fail_fast = true}); }

  /// Satisfied by the first `enough` deliveries, 1 or more. Then the others are cancelled, and also once `enough` can
  /// no longer be reached. If `enough` exceeds the number of receivers, nothing is sent. 0 throws
  /// std::invalid_argument.
  static constexpr DeliveryPolicy quorum(std::size_t enough) {
    if (enough == 0) throw std::invalid_argument("exocast: quorum 0 would send nothing; use 1 or more");
    return DeliveryPolicy({.enough = enough, .fail_fast = true});
  }

  /// The policy of the gather that runs the broadcast.
  constexpr const Policy& policy() const noexcept { return policy_; }

  /// True if both stop and succeed by the same rule.
  friend constexpr bool operator==(const DeliveryPolicy& a, const DeliveryPolicy& b) noexcept {
    return a.policy_.enough == b.policy_.enough && a.policy_.fail_fast == b.policy_.fail_fast;
  }

 private:
  explicit constexpr DeliveryPolicy(const Policy& policy) noexcept : policy_(policy) {}
  Policy policy_;
};

/// The text of the policy in reports: "all", "fail-fast", "quorum 3"; with tolerated failures "all, tolerating 2".
std::string to_words(const DeliveryPolicy& policy, std::optional<std::size_t> tolerated);

/// The outcome of one receiver, for BroadcastOptions::on_outcome. The references are valid during the call.
struct DeliveryProgress {
  std::size_t index;        ///< in the roster, from 0
  const Destination& peer;  ///< the receiver
  PeerOutcome outcome;      ///< final: the report has the same
  Duration elapsed;         ///< since the broadcast began
  const Status& error;      ///< empty for `delivered`
};

/// The options of one broadcast.
struct BroadcastOptions {
  /// When the caller has its report at the latest, counted from the start of the broadcast. Default 15 s, exo's own
  /// timeout. Duration::max(): no timeout.
  Duration timeout = std::chrono::seconds(15);

  /// Absolute deadline. If `timeout` is also set, the earlier one applies. Default: never.
  Deadline deadline = Deadline::never();

  /// How long one receiver may take, from the moment the message is given to its link. Waiting for a place does not
  /// count, so that a slow peer uses up no other peer's time. The link enforces it; a link that does not is ended by
  /// the deadline of the broadcast. Default Duration::max(): the deadline alone.
  Duration per_peer = Duration::max();

  /// How many receivers this broadcast sends to at once; as many again may be parked (see GatherOptions). Default: all
  /// of them, so that no number of receivers that hang makes another one wait.
  Limit limit = Limit::none();

  /// The class of the message. Messages of one class with the same kind and request id are a stream. Default: tokens
  /// for token results and data, control for statuses.
  std::optional<StreamClass> stream_class = std::nullopt;

  /// The subject of the message, for classes with Overflow::latest_wins: an older message with the same key that has
  /// not been sent yet is `skipped`, and this one takes its place. Messages with different keys keep no order. Default
  /// "": replaces no message.
  std::string key = {};

  /// A receiver to which the message has not been sent after this time is `skipped`: for messages that are worthless
  /// when they are late. Default Duration::max(): the message may wait until the deadline.
  Duration expires_after = Duration::max();

  /// When the broadcast is over, and what counts as success.
  DeliveryPolicy policy = DeliveryPolicy::all();

  /// Receivers that may fail without the policy failing. Default: none for all and fail-fast, any number for a quorum.
  std::optional<std::size_t> tolerated = std::nullopt;

  /// Ends the broadcast early: the report has the outcomes so far, and `cancelled` for sends under way. Default: none.
  StopSource* stop = nullptr;

  /// Called once for each receiver, as soon as its outcome is known, on the thread of the scheduler, perhaps inside
  /// publish(). It may publish and change the roster. It must not throw, nor destroy the broadcaster.
  /// Default: none.
  std::function<void(const DeliveryProgress&)> on_outcome = {};
};

/// The options of a broadcaster.
struct BroadcasterOptions {
  /// How much this broadcaster sends at once, in all its broadcasts together.
  FairLimits limits = {};

  /// The lanes to the receivers.
  LaneOptions lanes = {};

  /// Messages of one class that the faster half of the receivers may have unanswered, 1 or more. A further one is
  /// refused: publish() returns an error, broadcast() reports all receivers `skipped`. A receiver that answers nothing
  /// for LaneLimits::patience while another keeps up is not among that half. Up to twice as many messages are kept for
  /// slower receivers, which then lose the oldest (`skipped`, "fell behind"); with Overflow::wait every receiver counts
  /// instead, and nothing is lost. With a small message each costs some 1.1 KB and 32 bytes for each receiver; 100 more
  /// for each that has not answered and is no native link's; 1.5 KB more if it has a policy, a limit below the number
  /// of receivers, or `stop`. Default 8,192, so 16,384 are kept: 16 s of a stopped peer at 1,000 a second.
  std::size_t broadcasts_max = 8'192;

  /// The same in bytes, each message counted once for all its receivers. A single message always fits. Default 128 MiB,
  /// so 256 MiB of each class are kept, and one message more.
  std::size_t bytes_max = std::size_t{128} << 20;

  /// What it keeps of each class for Broadcaster::replay(). Default: nothing.
  ReplayLimits replay = {};

  /// The registry of its metrics (docs/metrics.md): 6 of its own and 25 for each receiver, which follow the roster.
  /// Default: none.
  Metrics* metrics = nullptr;

  /// Makes broadcast ids and the jitter of retries repeatable, for tests. Default: seeded by the operating system.
  std::optional<std::uint64_t> seed = std::nullopt;
};

}  // namespace exocast
