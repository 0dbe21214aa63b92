// SPDX-License-Identifier: Apache-2.0
#include "bench/peers/common/receiver.h"

#include <unistd.h>

#include <cstdio>
#include <thread>

#include "bench/load/black_hole.h"
#include "bench/peers/common/transport.h"

namespace exocast::bench {

void PeerReceiver::heard(std::size_t index, const void* message) {
  checks_[index].note(number_of(message));
  if (delay_.count() > 0) std::this_thread::sleep_for(delay_);
}

bool PeerReceiver::obey() {
  char buffer[256];
  const ssize_t bytes = read(STDIN_FILENO, buffer, sizeof buffer);
  if (bytes <= 0) return false;
  input_.append(buffer, static_cast<std::size_t>(bytes));
  for (auto end = input_.find('\n'); end != std::string::npos; end = input_.find('\n')) {
    obey(input_.substr(0, end));
    input_.erase(0, end + 1);
  }
  return true;
}

void PeerReceiver::obey(const std::string& line) {
  if (line.starts_with("delay ")) {
    delay_ = std::chrono::milliseconds(std::stoul(line.substr(line.find(' '))));
    std::puts("slow");
  } else if (line == "hole") {
    std::printf("%zu sockets\n", fall_into_black_hole());
  } else {
    std::puts(to_line(checks_.front().heard(std::stoull(line))).c_str());
  }
  std::fflush(stdout);
}

void say_ready(std::uint16_t port) {
  if (port != 0) std::printf("{\"port\":%d}\n", port);
  std::puts("ready");
  std::fflush(stdout);
}

}  // namespace exocast::bench
