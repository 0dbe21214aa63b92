// SPDX-License-Identifier: Apache-2.0
#pragma once
// MessageHandler: what a node does with the messages it receives, on whichever kind of link they come.
// Threading: called inside the loop. Lifetime: outlives the servers that call it.

#include <expected>

#include "exocast/gather/task.h"
#include "exocast/link.h"

namespace exocast {

class MessageHandler {
 public:
  virtual ~MessageHandler() = default;

  /// A message has come. The sender is told "delivered" once the task ends with a value; an error goes back to it as it
  /// is, under a gRPC status name (RESOURCE_EXHAUSTED for a full inbox; a code that is none becomes UNKNOWN).
  /// Waiting is back-pressure; it is bounded by the server, which then stops the task. Must not throw.
  virtual task<std::expected<void, Status>> accept(Message message) = 0;
};

}  // namespace exocast
