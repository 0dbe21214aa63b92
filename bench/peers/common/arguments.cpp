// SPDX-License-Identifier: Apache-2.0
#include "bench/peers/common/arguments.h"

#include <stdexcept>
#include <string>

#include "bench/fanout/machine.h"

namespace exocast::bench {

PeerArguments begin_peer(int count, char** arguments) {
  PeerArguments told;
  for (int i = 1; i + 1 < count; i += 2) {
    const std::string name = arguments[i];
    const int value = std::stoi(arguments[i + 1]);
    if (name == "--port") {
      told.port = static_cast<std::uint16_t>(value);
    } else if (name == "--receivers") {
      told.receivers = static_cast<std::size_t>(value);
    } else if (name == "--first") {
      told.first = static_cast<std::size_t>(value);
    } else if (name == "--cpu") {
      told.cpu = value;
    } else {
      throw std::invalid_argument("there is no option " + name);
    }
  }
  end_with_parent();
  raise_descriptor_limit();
  if (told.cpu >= 0) pin_to_cpu(static_cast<std::size_t>(told.cpu));
  return told;
}

}  // namespace exocast::bench
