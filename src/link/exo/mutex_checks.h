// SPDX-License-Identifier: Apache-2.0
#pragma once
// Debian builds Abseil, whose mutexes gRPC uses, with deadlock detection on: each lock taken while another is held is
// added, under one lock, to a graph of all mutexes of the process. This finds bugs inside gRPC, and costs 5 to 10 % of
// a call at each end. Internal to this folder.

namespace exocast {

/// Turns deadlock detection off for the whole process; any thread.
void skip_mutex_checks() noexcept;

}  // namespace exocast
