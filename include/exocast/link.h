// SPDX-License-Identifier: Apache-2.0
#pragma once
// Link: one connection to one peer - deliver one message, get one ack. The seam between broadcasting and the wire.
//
// What is above it runs the same over gRPC, over a frame protocol and in simulation. A link connects when it first has
// something to deliver, and again when the connection was lost; connecting counts into the delivery's deadline.
// Threading: a link belongs to its loop: it is called, and its tasks run, only there. Lifetime: outlives its
// deliveries; destroy it when none is left (drain their scope first).

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exocast/gather/deadline.h"
#include "exocast/gather/task.h"
#include "exocast/message.h"
#include "exocast/question.h"
#include "exocast/status.h"

namespace exocast {

/// What a link can take at once.
struct LinkTraits {
  /// Batches reach the peer's handler in the order of the calls of deliver_all(), so several may be under way at once;
  /// but for a message over batch_bytes_max, which keeps no order with others. When a batch ends with UNAVAILABLE and
  /// resendable, all that were given after it and before its end was told end so, too, in the order of the calls.
  /// False: what is under way together keeps no order; whoever needs one waits for the answer before the next.
  bool ordered = false;
  /// A batch travels as one message: it holds messages that Message::mergeable() allows, and nothing else.
  bool merges = false;
  std::size_t batch_messages_max = 1;  ///< 1 or more
  std::size_t batch_bytes_max = 0;     ///< of Message::bytes() together; a single message may be longer
};

/// A message that the peer's handler refused.
struct Refusal {
  std::size_t index;  ///< in the batch
  Status error;
};

/// How a batch ended.
struct BatchEnd {
  /// So many, from the first on, have been answered by the peer's handler: accepted, but for those refused.
  std::size_t answered = 0;
  std::vector<Refusal> refused = {};  ///< in the order of the batch
  /// Why the others have not been answered; nothing if all have.
  std::optional<Status> broken = std::nullopt;
  /// The others have not reached the handler of the peer that is there now, and will not: sending them again repeats
  /// none. False: they may have.
  bool resendable = false;
  /// What a report should say of the others even if they are delivered later, such as that the peer has restarted and
  /// its earlier incarnation may have had them, too. "" for nothing.
  std::string note = {};
};

class Link {
 public:
  virtual ~Link() = default;

  /// The kind of link, as reports name it: "exo", "sim".
  virtual std::string_view kind() const noexcept = 0;

  /// Messages of more bytes are not to be given to deliver(): they would be refused at the far end, or on the way.
  virtual std::size_t message_bytes_max() const noexcept = 0;

  /// Delivers `message`: done once the peer's handler has accepted it, else why not. Any number may be under way at
  /// once; they do not keep an order among themselves. Ends with DEADLINE_EXCEEDED soon after `deadline`. Stopping it
  /// cancels the delivery: the peer may or may not have had it; the task ends once the operation has been wound down.
  virtual task<std::expected<void, Status>> deliver(Message message, Deadline deadline) = 0;

  /// What it takes at once; may change when the link connects.
  virtual LinkTraits traits() const noexcept { return {}; }

  /// Delivers `batch`, 1 or more messages within traits(), as one: one answer for all. Otherwise as deliver().
  virtual task<BatchEnd> deliver_all(std::vector<Message> batch, Deadline deadline);

  /// Asks the peer: done with the text of its answer, else why there is none. UNIMPLEMENTED: the peer, or this kind of
  /// link, knows no questions; a peer that does not know this one says NOT_FOUND. Beside what is delivered, in no order
  /// with it; otherwise as deliver().
  virtual task<std::expected<std::string, Status>> ask(Question question, Deadline deadline);

  /// Closes the connection, if there is one; what is under way ends with UNAVAILABLE. The next delivery connects again.
  virtual void disconnect() noexcept {}
};

}  // namespace exocast
