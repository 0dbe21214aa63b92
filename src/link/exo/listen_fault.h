// SPDX-License-Identifier: Apache-2.0
#pragma once
// Why a node cannot listen on an address. gRPC knows, but tells only its log. For this folder.

#include <string>

#include "exocast/ids.h"

namespace exocast {

/// Tries to listen on `address` and returns the system's word on why that fails, such as "Address already in use", or
/// "unknown reason" if it does not. Resolves a host name, which may take seconds. Safe from any thread.
std::string listen_fault(const PeerAddress& address);

}  // namespace exocast
