// SPDX-License-Identifier: Apache-2.0
#pragma once
// NativeReceiver: the receiving end of native links: takes streams, passes their messages to a handler, and answers.
//
// The messages of one session reach the handler one at a time, in order and once each: the receiver remembers how many
// it has handled, so a message repeated on the next connection is dropped and answered again. While the handler is
// busy nothing more is read, so a slow handler causes back-pressure instead of memory use. An invalid frame closes
// only its own connection. docs/wire.md describes the bytes. If there is a worker, it decodes large messages, one after
// another; their connections read nothing more meanwhile, and the other ones go on.
// Threading: one thread, that of the scheduler; the handler is called there. Lifetime: scheduler, handler and worker
// outlive the receiver. Do not call serve() or drain(), or destroy it, from inside the handler.

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "base/random.h"
#include "exocast/gather/event.h"
#include "exocast/gather/scope.h"
#include "exocast/link_options.h"
#include "link/message_handler.h"
#include "link/stream/byte_stream.h"
#include "loop/worker.h"

namespace exocast {

namespace native {
class ReceiverConnection;
class ReceiverSession;
}  // namespace native

/// Why a connection ended.
enum class ReceiverClose : std::uint8_t {
  closed,         ///< by the sender
  broken,         ///< reset, timed out, or an error of this machine
  no_hello,       ///< no Hello in time
  version,        ///< the sender uses another version
  protocol,       ///< the sender violated the protocol
  too_large,      ///< a frame over the limit
  superseded,     ///< the session has a newer connection
  overloaded,     ///< too many connections, sessions or bytes
  shutting_down,  ///< drained
};
inline constexpr std::size_t receiver_close_count = 9;
/// "closed", "no_hello" and so on.
std::string_view to_string(ReceiverClose reason) noexcept;

/// Totals since the receiver was made.
struct NativeReceiverMetrics {
  std::size_t connections = 0;  ///< now
  std::size_t connections_peak = 0;
  std::size_t connections_total = 0;
  std::size_t sessions = 0;  ///< remembered, now
  std::size_t sessions_total = 0;
  std::size_t forgotten_total = 0;      ///< sessions
  std::size_t accepting = 0;            ///< messages that the handler has not answered yet, now
  std::uint64_t handled_total = 0;      ///< messages, including refused ones
  std::uint64_t refused_total = 0;      ///< by the handler, or because they are unreadable
  std::uint64_t repeated_total = 0;     ///< messages handled before, and dropped
  std::uint64_t interrupted_total = 0;  ///< turns that handling took too long in: what is left waits for the next one
  std::uint64_t frames_in = 0;
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  std::size_t decoding = 0;             ///< large messages that are decoded outside of the loop, or wait for that, now
  std::size_t receiving_bytes = 0;      ///< of all read buffers, and of messages in `decoding`, now
  std::size_t buffered_bytes_peak = 0;  ///< of one connection: read and not handled
  std::array<std::size_t, receiver_close_count> closes = {};

  std::size_t closes_of(ReceiverClose reason) const noexcept { return closes[std::to_underlying(reason)]; }
};

class NativeReceiver {
 public:
  NativeReceiver(Scheduler& scheduler, MessageHandler& handler, NativeReceiverOptions options = {},
                 Worker* worker = nullptr);
  /// Closes everything and abandons the handler's running tasks. Drain it first.
  ~NativeReceiver();
  NativeReceiver(const NativeReceiver&) = delete;
  NativeReceiver& operator=(const NativeReceiver&) = delete;

  /// Takes over an accepted connection.
  void serve(std::unique_ptr<ByteStream> stream);

  /// Handles no new messages, waits until the handler has answered, then says goodbye on every connection and closes
  /// it. At `deadline` the remaining tasks are stopped and abandoned; returns how many messages that affects.
  /// Connections served later are closed at once.
  task<std::size_t> drain(Deadline deadline);

  const NativeReceiverMetrics& metrics() const noexcept { return metrics_; }

 private:
  friend class native::ReceiverConnection;
  friend class native::ReceiverSession;
  using Connections = std::list<std::unique_ptr<native::ReceiverConnection>>;

  native::ReceiverSession* session(std::uint64_t id);
  bool forget_one();
  void close(native::ReceiverConnection& connection, ReceiverClose reason);

  Scheduler& scheduler_;
  MessageHandler& handler_;
  Worker* worker_;
  NativeReceiverOptions options_;
  NativeReceiverMetrics metrics_;
  Random incarnations_;
  bool draining_ = false;
  Event idle_;   // set while the handler has no message
  Scope scope_;  // of the cleanup after the handler's tasks
  std::unordered_map<std::uint64_t, std::unique_ptr<native::ReceiverSession>> sessions_;
  std::list<native::ReceiverSession*> unconnected_;  // sessions, those without a connection for the longest time first
  Connections connections_;
};

}  // namespace exocast
