// SPDX-License-Identifier: Apache-2.0
#pragma once
// ByteStream: a connection that carries bytes in order and never blocks. The seam between the frame protocol and what
// carries it: TCP in life, memory in simulation, so that the very code that runs in production is simulated with
// faults.
//
// Readiness is edge-triggered, as epoll's EPOLLET: the listener is told once when bytes can be read or written again
// after a call moved less than it was given. So the cost of a connection at rest is nothing, and of a message one
// write. A stream that ends counts as ready: the next call says how.
// Threading: one thread, that of its loop. Lifetime: the listener outlives the stream, or the stream is destroyed
// first; destroying a stream closes it and tells nobody. A stream may be destroyed inside a call to its listener.

#include <cstddef>
#include <expected>
#include <memory>
#include <span>
#include <string>

#include "exocast/gather/deadline.h"
#include "exocast/gather/task.h"
#include "exocast/link.h"

namespace exocast {

/// Why no bytes were moved.
enum class StreamFault : unsigned char {
  would_block,  ///< not now; the listener is told when to try again
  closed,       ///< the far end has closed it in order: everything it sent has been read
  broken,       ///< reset, timed out, or a fault of this machine: see ByteStream::fault_text()
};

using Bytes = std::span<const std::byte>;

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

  /// Who is told; before the first read or write. Tells nothing inside this call, nor inside read() and write().
  virtual void listen(Listener& listener) noexcept = 0;

  /// Sends some of `parts`, in their order, as one vectored write; at most 64 parts are looked at. How many bytes were
  /// taken, 1 or more. Fewer than the parts have says that there is no more room for now, and arms the listener as
  /// would_block does.
  virtual std::expected<std::size_t, StreamFault> write(std::span<const Bytes> parts) noexcept = 0;

  /// Reads some bytes, 1 or more, into `into`, which is not empty. A count smaller than `into` says that there are no
  /// more for now, and arms the listener as would_block does.
  virtual std::expected<std::size_t, StreamFault> read(std::span<std::byte> into) noexcept = 0;

  /// After `broken`: why, in words for people.
  virtual std::string fault_text() const = 0;
};

/// Makes connections to one peer.
class Dialer {
 public:
  virtual ~Dialer() = default;

  /// A new connection, or why there is none: UNAVAILABLE with the reason, DEADLINE_EXCEEDED at `deadline`. Stopping
  /// the task gives up.
  virtual task<std::expected<std::unique_ptr<ByteStream>, Status>> dial(Deadline deadline) = 0;
};

}  // namespace exocast
