// SPDX-License-Identifier: Apache-2.0
#pragma once
// LoadServer: the server of a benchmark's receivers, for one kind of link, on a free port of loopback. Each connection
// counts as a receiver. One thread. Lifetime: loop and handler outlive it.

#include <cstdint>
#include <expected>
#include <memory>
#include <string>

#include "exocast/asio_loop.h"
#include "link/exo/exo_server.h"

namespace exocast::bench {

class LoadServer {
 public:
  virtual ~LoadServer() = default;

  virtual std::uint16_t port() const = 0;

  /// `kind` is "native" or "exo". The error is one printable line.
  static std::expected<std::unique_ptr<LoadServer>, std::string> start(const std::string& kind, AsioLoop& loop,
                                                                       ExoHandler& handler);
};

}  // namespace exocast::bench
