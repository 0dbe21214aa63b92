// SPDX-License-Identifier: Apache-2.0
#pragma once
// Where the answer to HealthCheck names the port of the node's native links: initial metadata, a decimal number. For
// this folder.

#include <string>

namespace exocast {

inline const std::string native_port_key = "exocast-native-port";

}  // namespace exocast
