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
#include <string>
#include <string_view>

#include "exocast/gather/deadline.h"
#include "exocast/gather/task.h"
#include "exocast/message/message.h"

namespace exocast {

/// Why a delivery failed.
struct LinkError {
  std::string code;  ///< the name of a gRPC status code, such as "UNAVAILABLE"; the same words on every kind of link
  std::string text;  ///< for people, from whoever knew best
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
  virtual task<std::expected<void, LinkError>> deliver(Message message, Deadline deadline) = 0;
};

}  // namespace exocast
