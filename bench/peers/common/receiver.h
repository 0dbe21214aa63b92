// SPDX-License-Identifier: Apache-2.0
#pragma once
// Shared by the receiver processes of all peers: they check the order of their messages, delay answers if they are
// slow, and execute the benchmark's commands. One thread.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/order_check.h"
#include "bench/peers/common/arguments.h"

namespace exocast::bench {

class PeerReceiver {
 public:
  explicit PeerReceiver(const PeerArguments& told) : checks_(told.receivers) {}

  /// Receiver `index` of this process has received a message, which begins with its number. Returns when it may be
  /// answered.
  void heard(std::size_t index, const void* message);

  /// Call it when standard input is readable: executes its lines. False at end of input, when the process must end.
  bool obey();

 private:
  void obey(const std::string& line);

  std::vector<OrderCheck> checks_;
  std::chrono::milliseconds delay_{0};
  std::string input_;
};

/// Prints "ready"; if there is a port, {"port":…} first.
void say_ready(std::uint16_t port = 0);

}  // namespace exocast::bench
