// SPDX-License-Identifier: Apache-2.0
#pragma once
// Asker: sends a question to every peer of a roster at once and collects the answers.
//
//   Asker asker(loop, broadcaster);
//   Answers answers = co_await asker.ask(Question::health(), {.timeout = 2s});
//
// Questions do not pass through the lanes of the broadcaster: a question waits for no message, so an operator can ask
// how a peer is while messages to it wait. Questions have limits of their own (AskLimits).
// Threading: one thread, that of the scheduler. Lifetime: scheduler, broadcaster and metrics outlive it; the scheduler
// outlives its questions, too. Destroying it cancels the questions under way: their answers say so.

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exocast/answers.h"
#include "exocast/broadcaster.h"
#include "exocast/gather/task.h"
#include "exocast/metrics.h"
#include "exocast/options.h"
#include "exocast/question.h"

namespace exocast {

namespace detail {
class Inquiries;
}  // namespace detail

/// The options of one question. Every number has a default.
struct AskOptions {
  /// When the caller has the answers at the latest, counted from the start. Default 5 s, as long as exo waits for a
  /// HealthCheck. Duration::max(): no deadline.
  Duration timeout = std::chrono::seconds(5);

  /// Absolute deadline. If `timeout` is also set, the earlier one applies. Default: never.
  Deadline deadline = Deadline::never();

  /// How many receivers are asked at once; as many again may be parked (see GatherOptions). Default: all of them, so
  /// that no number of receivers that hang makes another one wait.
  Limit limit = Limit::none();

  /// When the question is over, and what counts as success; an answer counts as a delivery.
  DeliveryPolicy policy = DeliveryPolicy::all();

  /// Receivers that may fail to answer without the policy failing. Default: none for all and fail-fast, any number for
  /// a quorum.
  std::optional<std::size_t> tolerated = std::nullopt;

  /// Ends the question early: answers that are there are kept, calls under way are `cancelled`. Outlives the question.
  /// Default: none.
  StopSource* stop = nullptr;

  /// Called once for each receiver, as soon as its outcome is known, on the thread of the scheduler. `index`: its place
  /// in the roster. Must not throw. Default: none.
  std::function<void(std::size_t index, const PeerAnswer& answer)> on_answer = {};
};

/// The limits on all questions of an asker together.
struct AskLimits {
  /// Questions under way, including answered ones whose calls have not ended. All receivers of a further question are
  /// `skipped`, with RESOURCE_EXHAUSTED. Default 64.
  std::size_t questions = 64;

  /// Bytes of the answers of all questions under way. An answer that does not fit is not kept: `failed`, with
  /// RESOURCE_EXHAUSTED. Default 256 MiB: as many answers of the largest size as four questions have at once.
  std::size_t answer_bytes = std::size_t{256} << 20;
};

/// The state of an asker, and its totals.
struct AskerMetrics {
  std::size_t questions = 0;                ///< under way
  std::size_t questions_refused_total = 0;  ///< because too many were under way
};

/// Sends questions to the receivers of a broadcaster.
class Asker {
 public:
  /// Asks the receivers in the roster of `broadcaster`, within `limits`. Registers `questions` and
  /// `questions_refused_total` (docs/metrics.md) in `metrics`, unless that is null.
  Asker(Scheduler& scheduler, const Broadcaster& broadcaster, const AskLimits& limits = {}, Metrics* metrics = nullptr);
  Asker(const Asker&) = delete;
  Asker& operator=(const Asker&) = delete;
  ~Asker();

  /// Asks the receivers in the roster at the time of this call. Ends by the policy, or at the deadline at the latest,
  /// with one outcome per receiver in the order of the roster. A receiver that has no link, or answers no questions, is
  /// `skipped`. Stopping the awaiting task stops the question, without answers; use options.stop to keep them. A call
  /// that outlives the deadline belongs to the scope of the awaiting task; it counts as a question under way.
  task<Answers> ask(Question question, AskOptions options = {});

  /// Asks the receiver `peer` alone, within the same limits. Without such a receiver the outcome is `skipped`, with
  /// NOT_FOUND. `options` as above; its policy has no effect.
  task<PeerAnswer> ask_one(std::string peer, Question question, AskOptions options = {});

  /// Refuses further questions, cancels those under way and waits until their calls have ended, or until `deadline`.
  /// Returns how many questions still have calls under way.
  task<std::size_t> drain(Deadline deadline);

  AskerMetrics metrics() const noexcept;  ///< as of now

 private:
  const Broadcaster& broadcaster_;
  std::shared_ptr<detail::Inquiries> inquiries_;
  std::vector<Metrics::Registration> series_;
};

}  // namespace exocast
