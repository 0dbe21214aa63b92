// SPDX-License-Identifier: Apache-2.0
#pragma once
// Machine settings of benchmark processes: CPU affinity, descriptor limit, memory peak, and the end with the parent.
// They apply to the calling process, and to threads that it starts later.

#include <sys/types.h>

#include <cstddef>

namespace exocast::bench {

/// The CPUs of receivers and sender, if there is more than one.
inline constexpr std::size_t receivers_cpu = 0;
inline constexpr std::size_t sender_cpu = 1;

/// Pins this thread to the `index`-th CPU it may use, or the last if there are fewer.
void pin_to_cpu(std::size_t index);

/// Raises the limit of open descriptors to its maximum without privileges.
void raise_descriptor_limit();

/// Has the kernel kill this process when its parent dies, even if it is stopped.
void end_with_parent();

/// Returns free memory to the system and resets the peak of resident memory.
void reset_memory_peak();

/// Peak resident memory since the last reset_memory_peak(), or since the start if the kernel does not support the
/// reset.
std::size_t memory_peak_bytes();

/// CPU time of the process `pid` so far, in ns; 0 if it does not exist.
double cpu_ns_of(pid_t pid);

}  // namespace exocast::bench
