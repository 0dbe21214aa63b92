// SPDX-License-Identifier: Apache-2.0
#pragma once
// What this machine is, as a node tells others: read from the system at each call, nothing guessed. Safe from any
// thread.

#include "exocast/message/device.h"

namespace exocast {

/// `model` is the system and architecture ("Linux x86_64"), `chip` the processor's own name ("" where the system does
/// not tell), `memory_mb` the physical memory. Arithmetic speed is not measured: 0, which means unknown.
DeviceCapabilities this_machine();

}  // namespace exocast
