// SPDX-License-Identifier: Apache-2.0
#pragma once
// TcpDialer: makes TCP connections to one address, whose host name may have several IP addresses.
// Threading: inside the Poller's loop. Lifetime: the Poller outlives it and its streams; it outlives its dials.

#include "exocast/ids.h"
#include "link/stream/tcp_stream.h"

namespace exocast {

class TcpDialer final : public Dialer {
 public:
  TcpDialer(Poller& poller, PeerAddress address, const TcpOptions& options = {});

  /// Tries the addresses one after another, each for an equal part of the remaining time. The error is that of the
  /// last: UNAVAILABLE with "cannot connect: Connection refused" or "cannot resolve HOST: …", or DEADLINE_EXCEEDED
  /// with "no connection by the deadline".
  task<std::expected<std::unique_ptr<ByteStream>, Status>> dial(Deadline deadline) override;

  const PeerAddress& address() const noexcept { return address_; }

 private:
  Poller& poller_;
  PeerAddress address_;
  TcpOptions options_;
};

}  // namespace exocast
