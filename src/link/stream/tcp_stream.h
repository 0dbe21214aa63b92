// SPDX-License-Identifier: Apache-2.0
#pragma once
// TcpStream: a ByteStream over a TCP connection, watched by a Poller. One system call a read, one a write.
//
// Liveness: a peer whose machine is gone is noticed by keepalive probes when the connection rests, and when it does not
// by the acknowledgements that stay away. Not by TCP_USER_TIMEOUT: that also ends connections to a process that merely
// does not read for so long (stopped in a debugger, say), though its machine answers every probe; a stopped process is
// not a dead connection. So we look ourselves at what TCP knows of the peer, now and then.
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
  /// At most so many parts of a write() go into one system call.
  static constexpr std::size_t parts_max = 64;

  /// Takes over `socket`, which is connected and does not block; it is closed if this fails, which says why. `keep`
  /// lives as long as the stream.
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
  int error_ = 0;       // it is broken
  TimePoint all_well_;  // when an acknowledgement was last seen to have come, or none was due
};

}  // namespace exocast
