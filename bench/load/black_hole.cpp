// SPDX-License-Identifier: Apache-2.0
#include "bench/load/black_hole.h"

#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>
#include <string>

namespace exocast::bench {
namespace {

bool is_tcp(int fd) {
  int protocol = 0;
  socklen_t bytes = sizeof protocol;
  return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &bytes) == 0 && protocol == IPPROTO_TCP;
}

}  // namespace

std::size_t fall_into_black_hole() {
  sock_filter keep_nothing{.code = BPF_RET | BPF_K, .jt = 0, .jf = 0, .k = 0};
  const sock_fprog program{.len = 1, .filter = &keep_nothing};
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int fd = std::stoi(entry.path().filename());
    if (is_tcp(fd) && setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) == 0) ++count;
  }
  return count;
}

}  // namespace exocast::bench
