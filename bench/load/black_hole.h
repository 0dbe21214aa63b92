// SPDX-License-Identifier: Apache-2.0
#pragma once
// A black hole: the machine of this process is gone without a word, as far as its TCP connections can tell.
//
// A socket filter (SO_ATTACH_FILTER, needs no privileges) lets the kernel drop every segment that comes for the sockets
// of this process before TCP sees it: nothing is acknowledged, connections can neither be made nor reset, and the other
// side retransmits into the void. Unlike a process that is stopped, whose kernel goes on to acknowledge.
// From any thread; sockets that are opened later are not filtered, but those accepted from a filtered one are.

#include <cstddef>

namespace exocast::bench {

/// Swallows what comes for each TCP socket that is open now. Returns how many there are.
std::size_t fall_into_black_hole();

}  // namespace exocast::bench
