// SPDX-License-Identifier: Apache-2.0
#pragma once
// What a caller may ask of one broadcast, and of a broadcaster. Every number has a default; none means "no bound" but
// where it says so. Plain values, no threading rules; `stop` must outlive the broadcast.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "lane/fair_share.h"
#include "lane/lane.h"
#include "exocast/roster.h"
#include "exocast/gather/options.h"
#include "exocast/gather/policy.h"
#include "exocast/answers.h"
#include "exocast/report.h"

namespace exocast {

class Metrics;

/// When a broadcast is over, and what counts as success.
class DeliveryPolicy {
 public:
  /// Every receiver's outcome is waited for; satisfied if all were delivered but the tolerated ones.
  static constexpr DeliveryPolicy all() noexcept { return DeliveryPolicy({}); }

  /// As `all`, but once more than the tolerated receivers have failed, the rest is cancelled.
  static constexpr DeliveryPolicy fail_fast() noexcept { return DeliveryPolicy({.fail_fast = true}); }

  /// Satisfied by the first `enough` deliveries, 1 or more; then the rest is cancelled, as it is once so many can no
  /// longer be reached. More than there are receivers: nothing is sent. 0 would send nothing either and throws
  /// std::invalid_argument.
  static constexpr DeliveryPolicy quorum(std::size_t enough) {
    if (enough == 0) throw std::invalid_argument("exocast: quorum 0 would send nothing; use 1 or more");
    return DeliveryPolicy({.enough = enough, .fail_fast = true});
  }

  /// For the gather.
  constexpr const Policy& policy() const noexcept { return policy_; }

  friend constexpr bool operator==(const DeliveryPolicy& a, const DeliveryPolicy& b) noexcept {
    return a.policy_.enough == b.policy_.enough && a.policy_.fail_fast == b.policy_.fail_fast;
  }

 private:
  explicit constexpr DeliveryPolicy(const Policy& policy) noexcept : policy_(policy) {}
  Policy policy_;
};

/// The policy as reports name it: "all", "fail-fast", "quorum 3"; with tolerated failures "all, tolerating 2".
std::string to_words(const DeliveryPolicy& policy, std::optional<std::size_t> tolerated);

/// One receiver's outcome at the moment it is known. The references are valid during the call.
struct DeliveryProgress {
  std::size_t index;  ///< in the roster
  const Destination& peer;
  PeerOutcome outcome;
  Duration elapsed;        ///< since the broadcast began
  const Status& error;  ///< empty for `delivered`
};

struct BroadcastOptions {
  /// When the caller has its report at the latest, counted from the start of the broadcast. Default 15 s, exo's own
  /// timeout. Duration::max(): no deadline.
  Duration timeout = std::chrono::seconds(15);

  /// The same as a moment: the earlier of the two holds. Default: never.
  Deadline deadline = Deadline::never();

  /// How long one receiver may take, from when the message is sent to it: waiting for a place does not count, so that
  /// slow peers use up nobody else's time. The link keeps it; where one does not, the whole's deadline ends it. Default
  /// Duration::max(): as long as the whole.
  Duration per_peer = Duration::max();

  /// How many receivers are served at once by this broadcast; as many again may be parked (see GatherOptions).
  /// Default 64.
  Limit limit = 64;

  /// Which of a peer's lines it waits in; a stream is what has the same kind and request id in one class. Default:
  /// tokens for token results, control for statuses.
  std::optional<StreamClass> stream_class = std::nullopt;

  /// What it tells of, for classes in which the latest wins (Overflow::latest_wins): where an older message with the
  /// same key has not been sent yet, it is `skipped` in favour of this one, which takes its place in the line. What has
  /// different keys keeps no order. Default "": nothing is replaced.
  std::string key = {};

  /// Where it has not been sent after so long it is `skipped`: for what is worthless when it is late. Default
  /// Duration::max(): it may wait until the deadline.
  Duration expires_after = Duration::max();

  DeliveryPolicy policy = DeliveryPolicy::all();

  /// Receivers that may fail without the policy failing. Default: none for all and fail-fast, any number for a quorum.
  std::optional<std::size_t> tolerated = std::nullopt;

  /// Another way to end it early: the report then says what was achieved, with `cancelled` for what was under way.
  StopSource* stop = nullptr;

  /// Told each outcome once, as soon as it is known, inside the loop. Must not throw. Default: nobody.
  std::function<void(const DeliveryProgress&)> on_outcome = {};
};

/// What a caller may ask of one question; an answer is to it what a delivery is to a broadcast.
struct AskOptions {
  /// When the caller has the answers at the latest, counted from the start. Default 5 s, as long as exo waits for a
  /// HealthCheck. Duration::max(): no deadline.
  Duration timeout = std::chrono::seconds(5);

  /// The same as a moment: the earlier of the two holds. Default: never.
  Deadline deadline = Deadline::never();

  /// How many receivers are asked at once; as many again may be parked (see GatherOptions). Default 64.
  Limit limit = 64;

  DeliveryPolicy policy = DeliveryPolicy::all();

  /// Receivers that may fail to answer without the policy failing. Default: none for all and fail-fast, any number for
  /// a quorum.
  std::optional<std::size_t> tolerated = std::nullopt;

  /// Another way to end it early: with the answers there are, and `cancelled` for what was under way.
  StopSource* stop = nullptr;

  /// Told each outcome once, as soon as it is known, with its place in the roster; inside the loop. Must not throw.
  /// Default: nobody.
  std::function<void(std::size_t index, const PeerAnswer& answer)> on_answer = {};
};

/// The bounds on all questions of a broadcaster together.
struct AskLimits {
  /// Under way at once, those included whose answers are there but whose links have not ended. A further one has all
  /// its receivers `skipped`. Default 64.
  std::size_t questions = 64;

  /// Bytes of the answers held meanwhile; what would be more is not kept: `failed`, with RESOURCE_EXHAUSTED. Default
  /// 256 MiB: as many answers of the largest size as four questions have at once.
  std::size_t answer_bytes = std::size_t{256} << 20;
};

struct BroadcasterOptions {
  /// The bounds on everything this broadcaster sends at once, in all its broadcasts together.
  FairLimits limits = {};

  /// The lines in front of the receivers.
  LaneOptions lanes = {};

  /// Broadcasts under way at once, those included that only one slow receiver still holds. A further one is refused:
  /// publish() says so, broadcast() reports its receivers `skipped`. With a small message each costs some 1.2 KB, 24
  /// bytes for each receiver and 100 for each that has not answered; 1.5 KB more if it was not published, or has a
  /// policy, a limit below the number of receivers, or `stop`. Default 16,384: 15 s, the timeout, of a stopped peer at
  /// 1,000 a second.
  std::size_t broadcasts_max = 16'384;

  /// Bytes of the messages under way, each counted once for all its receivers; refused in the same way. A single
  /// message always fits. Default 512 MiB.
  std::size_t bytes_max = std::size_t{512} << 20;

  AskLimits asks = {};

  /// Where its numbers are registered, and follow its roster (docs/metrics.md): 6 of its own and 25 for each receiver.
  /// Outlives the broadcaster. Default: nowhere.
  Metrics* metrics = nullptr;

  /// Makes broadcast ids and the jitter of retries repeatable, for tests. Default: seeded by the operating system.
  std::optional<std::uint64_t> seed = std::nullopt;
};

}  // namespace exocast
