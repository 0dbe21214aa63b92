// SPDX-License-Identifier: Apache-2.0
#pragma once
// A black hole: for the peers of its TCP connections, this process's machine vanishes.
//
// A socket filter (SO_ATTACH_FILTER, needs no privileges) makes the kernel drop every segment for the sockets of this
// process before TCP sees it. Nothing is acknowledged, connections can neither be opened nor reset, and peers
// keep retransmitting; the kernel of a stopped process would still acknowledge. Safe from any thread; sockets opened
// later are not filtered, but those accepted from a filtered one are.

#include <cstddef>

namespace exocast::bench {

/// Drops all traffic to the TCP sockets that are open now. Returns their number.
std::size_t fall_into_black_hole();

}  // namespace exocast::bench
