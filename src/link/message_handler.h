// SPDX-License-Identifier: Apache-2.0
#pragma once
// MessageHandler: what a node does with received messages, whatever the kind of link.
// Threading: called inside the loop. Lifetime: outlives the servers that call it.

#include <cstdint>
#include <expected>
#include <string_view>

#include "exocast/gather/task.h"
#include "exocast/link.h"

namespace exocast {

class MessageHandler {
 public:
  virtual ~MessageHandler() = default;

  /// Handles a message. If the task ends with a value, the sender's report says "delivered"; an error is sent back
  /// unchanged under a gRPC status name (RESOURCE_EXHAUSTED for a full inbox; an unknown code becomes UNKNOWN).
  /// Waiting is back-pressure; it is bounded by the server, which then stops the task. Must not throw.
  virtual task<std::expected<void, Status>> accept(Message message) = 0;

  /// Messages that were published before the next one and will not come, because this node fell behind or its sender
  /// gave them up. Only native links tell.
  virtual void missed(std::uint64_t messages) { static_cast<void>(messages); }

  /// Where the next message comes from. Called directly before its accept_now() or accept(), in the same turn of the
  /// loop; not called if that is not known. Only native links tell.
  virtual void comes_from(const Origin& origin) { static_cast<void>(origin); }

  /// The node `sender` says which messages of its log every receiver has. Only native links tell.
  virtual void log_news(std::string_view sender, const LogNews& news) {
    static_cast<void>(sender);
    static_cast<void>(news);
  }

  /// Accepts `message` and takes it, if that needs no waiting. False otherwise: then it is unchanged, and goes to
  /// accept(). Most messages are accepted at once, and a task for each would cost more than the rest of their way.
  virtual bool accept_now(Message& message) {
    static_cast<void>(message);
    return false;
  }
};

}  // namespace exocast
