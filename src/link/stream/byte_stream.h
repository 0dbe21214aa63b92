// SPDX-License-Identifier: Apache-2.0
#pragma once
// ByteStream: a connection that carries bytes in order and never blocks. The seam between the frame protocol and its
// transport: TCP in production, memory in simulation, so that simulations with faults run the production code.
//
// Readiness is edge-triggered, like epoll's EPOLLET: after a call moved fewer bytes than it was given, the listener is
// called once when bytes can be read or written again. So an idle connection costs nothing, and a message one write. A
// stream that ends counts as ready: the next call returns how.
// Threading: one thread, that of its loop. Lifetime: the listener outlives the stream, or the stream is destroyed
// first. Destroying a stream closes it without a call to the listener, and is allowed inside one.

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>

#include "base/bytes.h"
#include "exocast/gather/deadline.h"
#include "exocast/gather/task.h"
#include "exocast/link.h"

namespace exocast {

/// Why no bytes were moved.
enum class StreamFault : unsigned char {
  would_block,  ///< not now; the listener is called when to try again
  closed,       ///< the far end has closed it, and everything it sent has been read
  broken,       ///< reset, timed out, or an error of this machine: see ByteStream::fault_text()
};

class ByteStream {
 public:
  class Listener {
   public:
    virtual void on_readable() noexcept = 0;
    virtual void on_writable() noexcept = 0;

   protected:
    ~Listener() = default;
  };

  virtual ~ByteStream() = default;

  /// Sets the listener, before the first read or write. Never calls it inside this call, nor inside read() and
  /// write().
  virtual void listen(Listener& listener) noexcept = 0;

  /// Sends some of `parts`, in order, as one vectored write; looks at 64 parts at most. Returns the number of bytes
  /// taken, 1 or more. Fewer than all bytes means that there is no more room for now, and arms the listener as
  /// would_block does.
  virtual std::expected<std::size_t, StreamFault> write(std::span<const Bytes> parts) noexcept = 0;

  /// Reads 1 or more bytes into `into`, which is not empty. Fewer than its size means that there are no more for now,
  /// and arms the listener as would_block does.
  virtual std::expected<std::size_t, StreamFault> read(std::span<std::byte> into) noexcept = 0;

  /// After `broken`: the reason, as readable text.
  virtual std::string fault_text() const = 0;
};

/// Makes connections to one peer.
class Dialer {
 public:
  virtual ~Dialer() = default;

  /// A new connection. The error is UNAVAILABLE with the reason, or DEADLINE_EXCEEDED at `deadline`. Stopping the task
  /// cancels the attempt.
  virtual task<std::expected<std::unique_ptr<ByteStream>, Status>> dial(Deadline deadline) = 0;
};

}  // namespace exocast
