// SPDX-License-Identifier: Apache-2.0
#pragma once
// The links of a load's sender. One thread. Lifetime: the loop outlives LoadLinks, which outlives its links.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "exocast/asio_loop.h"
#include "exocast/link.h"

namespace exocast::bench {

class LoadLinks {
 public:
  virtual ~LoadLinks() = default;

  /// A link to the receiver at `port` of 127.0.0.1; it connects at its first delivery.
  virtual std::shared_ptr<Link> to(std::uint16_t port) = 0;

  /// `kind` is "native" or "exo".
  static std::unique_ptr<LoadLinks> make(const std::string& kind, AsioLoop& loop);
};

}  // namespace exocast::bench
