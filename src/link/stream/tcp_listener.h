// SPDX-License-Identifier: Apache-2.0
#pragma once
// TcpListener: accepts TCP connections as ByteStreams, up to a limit.
//
// Beyond the limit connections wait in the system's queue, which is bounded, too, and are accepted as others end. When
// the process is out of file descriptors it pauses, and retries at intervals.
// Threading: inside the Poller's loop. Lifetime: the Poller outlives it and its streams; its streams may outlive it.
// Destroying it closes the port.

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "exocast/ids.h"
#include "exocast/link_options.h"
#include "link/stream/tcp_stream.h"

namespace exocast {

struct TcpListenerMetrics {
  std::size_t connections = 0;        ///< now
  std::uint64_t accepted_total = 0;   ///< since the start
  std::uint64_t full_total = 0;       ///< times that connections had to wait for others to end
  std::uint64_t exhausted_total = 0;  ///< times that the process was out of descriptors or memory
};

class TcpListener {
 public:
  class Acceptor {
   public:
    /// A new connection. Do not destroy the listener inside this call.
    virtual void on_connection(std::unique_ptr<ByteStream> stream) noexcept = 0;

   protected:
    ~Acceptor() = default;
  };

  /// Listens on `listen` (port 0: any free port); `acceptor` outlives the listener. The error is one printable line
  /// that names the address, such as "cannot listen on 127.0.0.1:50051: Address already in use". Resolves a host name,
  /// which may take seconds.
  static std::expected<std::unique_ptr<TcpListener>, std::string> start(Poller& poller, const PeerAddress& listen,
                                                                        Acceptor& acceptor,
                                                                        const TcpListenerOptions& options = {});
  ~TcpListener();

  /// The local address, with the chosen port.
  const PeerAddress& address() const noexcept;

  TcpListenerMetrics metrics() const noexcept;

 private:
  class Socket;
  explicit TcpListener(std::unique_ptr<Socket> socket) noexcept;
  std::unique_ptr<Socket> socket_;
};

}  // namespace exocast
