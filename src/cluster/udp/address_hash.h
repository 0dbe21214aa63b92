// SPDX-License-Identifier: Apache-2.0
#pragma once
// AddressHash: for tables by address. Pure, safe from any thread.

#include <cstddef>
#include <functional>
#include <string>

#include "exocast/ids.h"

namespace exocast {

struct AddressHash {
  std::size_t operator()(const PeerAddress& address) const noexcept {
    return std::hash<std::string>()(address.host) + address.port;
  }
};

}  // namespace exocast
