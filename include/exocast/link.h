// SPDX-License-Identifier: Apache-2.0
#pragma once
// Link: a connection to one peer. It delivers messages and asks questions, and returns the peer's answers.
//
//   std::expected<void, Status> accepted = co_await link.deliver(message, Deadline::after(loop.now(), 2s));
//
// Broadcasting uses this interface only, so it works in the same way over gRPC, over native frames and in simulation. A
// link connects at the first delivery, and again after a connection was lost. The time to connect counts towards the
// deadline of the delivery.
// Threading: a link belongs to its loop; all calls are made, and its tasks run, inside it. Lifetime: a link outlives
// its deliveries. Drain their scope before the link is destroyed.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exocast/gather/deadline.h"
#include "exocast/gather/task.h"
#include "exocast/log_progress.h"
#include "exocast/message.h"
#include "exocast/question.h"
#include "exocast/status.h"
#include "exocast/stream_class.h"

namespace exocast {

/// The batches that a link accepts. The defaults are those of a link that takes one message at a time.
struct LinkTraits {
  /// True: batches of one class reach the peer's handler in the order of the calls of deliver_all(), even if several
  /// are under way. A message above batch_bytes_max is exempt: it keeps no order with others. If a batch ends with
  /// UNAVAILABLE and `resendable`, later batches that were given before its end was reported end in the same way, in
  /// order. False: batches under way keep no order; a caller that needs one waits for each answer.
  bool ordered = false;
  /// True: a batch is sent as one message, so it may only hold messages that Message::mergeable() allows.
  bool merges = false;
  /// True: the peer is known to take the tokens of a request for one text, and cannot be told that some are missing. So
  /// after a lost token without a key, the later ones are `skipped`, up to the one that finishes the request.
  bool without_gaps = false;
  std::size_t batch_messages_max = 1;  ///< messages in a batch, 1 or more
  std::size_t batch_bytes_max = 0;     ///< sum of Message::bytes() in a batch; a single message may be larger
  /// Ordered links: messages that do not fill a batch wait for the end of the one under way, and then as long as more
  /// come in each turn of the loop, this long at most, so that more of them share a frame and an answer. Zero: they are
  /// sent at once.
  Duration gather_for = Duration::zero();
};

/// The messages of a batch, in order.
using MessageBatch = std::span<const Message* const>;

/// A message that the peer's handler refused.
struct Refusal {
  std::size_t index;  ///< in the batch, from 0
  Status error;       ///< the handler's reason
};

/// How a batch ended.
struct BatchEnd {
  /// The first `answered` messages were answered by the peer's handler: accepted, except for those in `refused`.
  std::size_t answered = 0;
  std::vector<Refusal> refused = {};  ///< in the order of the batch
  /// Why the rest was not answered; nullopt if every message was.
  std::optional<Status> broken = std::nullopt;
  /// True: the rest was not sent, because this link carries no messages of that kind: reports say `skipped`.
  bool unsupported = false;
  /// True: the rest has not reached the handler of the present peer and will not, so resending it makes no duplicate.
  /// False: the rest may have reached it.
  bool resendable = false;
  /// A remark for the reports of the rest, even if it is delivered later: "the peer restarted, and its earlier
  /// incarnation may have had the message, too". "": none.
  std::string note = {};
};

/// Hears of answers to a batch before its end.
class BatchProgress {
 public:
  /// The first `answered` messages were answered: accepted, except for those in `refused`. Called inside the link, so
  /// it must not call the link.
  virtual void answered(std::size_t answered, std::span<const Refusal> refused) noexcept = 0;

 protected:
  ~BatchProgress() = default;
};

/// How to deliver a batch.
struct BatchOptions {
  /// The batch ends with DEADLINE_EXCEEDED soon after it.
  Deadline deadline = Deadline::never();
  /// The class of its messages. A link may keep classes apart; then `ordered` holds inside each class.
  StreamClass stream_class = StreamClass::tokens;
  /// Messages of this class, published before the first one, that the peer was not sent and will not be, since the
  /// batch before. A link whose protocol can tells the peer.
  std::uint64_t missed = 0;
  /// The log that its messages are in, and where. A link whose protocol can tells the peer, and from then on how far
  /// the log is settled. It outlives the delivery. Null: not known.
  const LogProgress* log = nullptr;
  std::uint64_t position = 0;  ///< of the first message, if there is a log
  /// From each message's position to that of the next one; empty if all these steps are 1. Outlives the task.
  std::span<const std::int64_t> steps = {};
  /// Hears of answers as they come, if the link can tell; the end counts them, too. Outlives the task. Null: nobody.
  BatchProgress* progress = nullptr;
};

/// The interface of all links; implement it to broadcast over another protocol.
class Link {
 public:
  virtual ~Link() = default;

  /// The kind of link, as reports name it: "exo", "native", "sim".
  virtual std::string_view kind() const noexcept = 0;

  /// The largest Message::bytes() that deliver() takes. The caller does not give it a larger message.
  virtual std::size_t message_bytes_max() const noexcept = 0;

  /// Delivers `message`. Ends with success once the peer's handler has accepted it, else with the reason; with
  /// DEADLINE_EXCEEDED soon after `deadline`. Any number of deliveries may be under way, in no order. Stopping the task
  /// cancels the delivery, and the peer may or may not have the message; the task stops when the operation has ended.
  virtual task<std::expected<void, Status>> deliver(Message message, Deadline deadline) = 0;

  /// The batches that it accepts now; may change when the link connects.
  virtual LinkTraits traits() const noexcept { return {}; }

  /// Delivers `batch`, 1 or more messages within traits(), with one answer for all. The list outlives the task, and
  /// each message does until BatchProgress was told of its answer. Otherwise as deliver(). The default delivers the
  /// first message, for links that take one at a time.
  virtual task<BatchEnd> deliver_all(MessageBatch batch, BatchOptions options);

  /// Asks the peer, and returns the text of its answer or the reason why there is none. UNIMPLEMENTED: the peer or this
  /// kind of link answers no questions (the default). NOT_FOUND: the peer does not know this question. Questions keep
  /// no order with deliveries; otherwise as deliver().
  virtual task<std::expected<std::string, Status>> ask(Question question, Deadline deadline);

  /// There is news of `log`. A link whose protocol can tells the peer now, if it was sent messages of that log and has
  /// not been told with a batch. The default does nothing.
  virtual void tell(const LogProgress& log) { static_cast<void>(log); }

  /// Closes the connection, if there is one. Deliveries under way end with UNAVAILABLE, or are settled over the next
  /// connection. The next delivery connects again.
  virtual void disconnect() noexcept {}
};

}  // namespace exocast
