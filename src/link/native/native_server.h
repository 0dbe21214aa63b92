// SPDX-License-Identifier: Apache-2.0
#pragma once
// NativeServer: a port for native links: a TcpListener whose connections a NativeReceiver serves.
// Threading: inside the Poller's loop. Lifetime: poller and handler outlive it. Destroying it closes the port and all
// connections and abandons the handler's tasks, so drain() it first. It waits for a large message that is being
// decoded.

#include "exocast/link_options.h"
#include "link/native/native_receiver.h"
#include "link/stream/tcp_listener.h"
#include "loop/worker_thread.h"

namespace exocast {

class NativeServer final : private TcpListener::Acceptor {
 public:
  /// Listens on `listen` (port 0: any free port) and serves. The error is one printable line, like TcpListener's.
  static std::expected<std::unique_ptr<NativeServer>, std::string> start(Poller& poller, const PeerAddress& listen,
                                                                         MessageHandler& handler,
                                                                         const NativeServerOptions& options = {});

  /// Closes the port, then acts like NativeReceiver::drain(): returns how many messages the handler has not answered
  /// by `deadline`.
  task<std::size_t> drain(Deadline deadline);

  /// The local address, with the chosen port.
  const PeerAddress& address() const noexcept { return address_; }

  const NativeReceiver& receiver() const noexcept { return receiver_; }
  const NativeReceiverMetrics& metrics() const noexcept { return receiver_.metrics(); }
  TcpListenerMetrics listener_metrics() const noexcept;

 private:
  NativeServer(AsioLoop& loop, MessageHandler& handler, const NativeReceiverOptions& options)
      : worker_(loop), receiver_(loop, handler, options, &worker_) {}
  void on_connection(std::unique_ptr<ByteStream> stream) noexcept override { receiver_.serve(std::move(stream)); }

  WorkerThread worker_;
  NativeReceiver receiver_;
  PeerAddress address_;
  std::unique_ptr<TcpListener> listener_;  // destroyed first
};

}  // namespace exocast
