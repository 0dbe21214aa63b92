// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the processes of a benchmark ask of the machine: a CPU each for receivers and sender, enough descriptors, how
// much memory they take, and not to outlive the benchmark. For the calling process, and the threads that it starts
// afterwards.

#include <sys/types.h>

#include <cstddef>

namespace exocast::bench {

/// Who runs where, on a machine with more than one CPU.
inline constexpr std::size_t receivers_cpu = 0;
inline constexpr std::size_t sender_cpu = 1;

/// Runs this thread on the `index`-th CPU it may use, or on the last if there are fewer.
void pin_to_cpu(std::size_t index);

/// Raises the limit of open descriptors as far as it goes without privileges.
void raise_descriptor_limit();

/// When the process that started this one dies, this one is killed, even while it is stopped and cannot notice.
void end_with_parent();

/// Gives free memory back to the system and forgets the peak of resident memory up to now.
void reset_memory_peak();

/// The most resident memory since the last reset_memory_peak(), or since the start where the kernel does not reset it.
std::size_t memory_peak_bytes();

/// CPU time that the process `pid` has taken so far, in ns; 0 if it is not there.
double cpu_ns_of(pid_t pid);

}  // namespace exocast::bench
