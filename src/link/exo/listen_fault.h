// SPDX-License-Identifier: Apache-2.0
#pragma once
// Finds out why a node cannot listen on an address: gRPC writes the reason only to its log. Internal to this folder.

#include <string>

#include "exocast/ids.h"

namespace exocast {

/// Tries to listen on `address` and returns the system's error, such as "Address already in use", or "unknown reason"
/// if it succeeds. Resolves a host name, which may take seconds. Safe from any thread.
std::string listen_fault(const PeerAddress& address);

}  // namespace exocast
