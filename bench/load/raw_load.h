// SPDX-License-Identifier: Apache-2.0
#pragma once
// The reference of the paced `bench stream`: the same load over raw TCP with epoll, to receivers that are a process
// each. So it is seen what the machine takes for waking so many processes and being woken, whoever sends.

#include <cstdint>
#include <vector>

namespace exocast::bench {

/// Serves one RawReceiver until standard input ends. Returns the exit status.
int serve_raw_load_receiver();

/// A sender to receivers at `ports` of 127.0.0.1; see load_sender.h. Its loads are paced. Returns the exit status.
int serve_raw_load_sender(const std::vector<std::uint16_t>& ports);

}  // namespace exocast::bench
