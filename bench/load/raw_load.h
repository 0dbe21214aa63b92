// SPDX-License-Identifier: Apache-2.0
#pragma once
// The reference of the paced `bench stream`: the same load over raw TCP with epoll, with one process per receiver. It
// shows what the machine needs to wake that many processes, whatever the sender.

#include <cstdint>
#include <vector>

namespace exocast::bench {

/// Serves one RawReceiver until standard input ends. Returns the exit status.
int serve_raw_load_receiver();

/// Runs a sender to the receivers at `ports` of 127.0.0.1; see load_sender.h. Only for paced loads. Returns the exit
/// status.
int serve_raw_load_sender(const std::vector<std::uint16_t>& ports);

}  // namespace exocast::bench
