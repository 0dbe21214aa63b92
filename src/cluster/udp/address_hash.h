// SPDX-License-Identifier: Apache-2.0
#pragma once
// AddressHash: hashes an address for unordered tables. Pure, safe from any thread.

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
