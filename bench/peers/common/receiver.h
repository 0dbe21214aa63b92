// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the receiver processes of all peers do the same: they check the order of what they hear, take their time if they
// are slow, and obey the lines of the benchmark. One thread.

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

  /// The `index`-th of this process has got a message that begins with its number. Returns when it may be answered.
  void heard(std::size_t index, const void* message);

  /// Standard input can be read: serves its lines. False at its end, when the process is to end.
  bool obey();

 private:
  void obey(const std::string& line);

  std::vector<OrderCheck> checks_;
  std::chrono::milliseconds delay_{0};
  std::string input_;
};

/// Prints "ready"; with a port, before it {"port":…}.
void say_ready(std::uint16_t port = 0);

}  // namespace exocast::bench
