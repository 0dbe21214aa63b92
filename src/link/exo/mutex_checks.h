// SPDX-License-Identifier: Apache-2.0
#pragma once
// Debian builds Abseil, whose mutexes gRPC uses, with its checks for deadlocks on: each lock that is taken while
// another is held is entered into a graph of all mutexes of the process, under one lock. They look for mistakes inside
// gRPC, and cost a twentieth to a tenth of a call, at both ends. For this folder.

namespace exocast {

/// Turns these checks off for the whole process; any thread.
void skip_mutex_checks() noexcept;

}  // namespace exocast
