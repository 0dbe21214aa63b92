// SPDX-License-Identifier: Apache-2.0
#pragma once
// TcpStream: a ByteStream over a TCP connection, watched by a Poller. One system call per read, one per write.
//
// Liveness: if the peer's machine is gone, keepalive probes notice it on an idle connection, and missing
// acknowledgements on a busy one. TCP_USER_TIMEOUT is not used: it also ends connections to a process that only does
// not read for a while (stopped in a debugger, for instance), although its machine answers every probe. So the stream
// checks TCP's own state of the connection (TCP_INFO) at intervals.
// Threading: inside the Poller's loop. Lifetime: the Poller outlives it; and see ByteStream.

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "exocast/link_options.h"
#include "link/stream/byte_stream.h"
#include "loop/poller.h"

namespace exocast {

class TcpStream final : public ByteStream, private Poller::Watch, private Runnable, private Timer {
 public:
  /// The most parts of a write() in one system call.
  static constexpr std::size_t parts_max = 64;

  /// Takes over `socket`, which is connected and non-blocking. If this fails the socket is closed, and the error is
  /// the reason. `keep` lives as long as the stream.
  static std::expected<std::unique_ptr<ByteStream>, std::string> make(Poller& poller, int socket,
                                                                      const TcpOptions& options,
                                                                      std::shared_ptr<void> keep = nullptr);

  void listen(Listener& listener) noexcept override;
  std::expected<std::size_t, StreamFault> write(std::span<const Bytes> parts) noexcept override;
  std::expected<std::size_t, StreamFault> read(std::span<std::byte> into) noexcept override;
  std::string fault_text() const override;

 private:
  TcpStream(Poller& poller, int socket, const TcpOptions& options, std::shared_ptr<void> keep) noexcept;
  std::error_code configure() noexcept;
  StreamFault fault(int error) noexcept;

  void ready(Readiness readiness) noexcept override;
  void tell(bool readable, bool writable) noexcept;
  void tell_later(bool readable, bool writable) noexcept;
  void run() noexcept override;

  void fired() noexcept override;
  bool unacknowledged() const noexcept;
  void look_later() noexcept;

  std::shared_ptr<void> keep_;
  const TcpOptions options_;
  Listener* listener_ = nullptr;
  bool read_armed_ = true;
  bool write_armed_ = false;
  bool told_readable_later_ = false;
  bool told_writable_later_ = false;
  bool hung_up_ = false;
  int error_ = 0;       // not 0: the stream is broken
  TimePoint all_well_;  // time of the last check without overdue acknowledgements
};

}  // namespace exocast
