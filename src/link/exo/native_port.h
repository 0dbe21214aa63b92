// SPDX-License-Identifier: Apache-2.0
#pragma once
// The metadata key under which HealthCheck's answer carries the node's native port: initial metadata, a decimal
// number. Internal to this folder.

#include <string>

namespace exocast {

inline const std::string native_port_key = "exocast-native-port";

}  // namespace exocast
