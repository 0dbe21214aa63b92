// SPDX-License-Identifier: Apache-2.0
#include "bench/load/black_hole.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace exocast::bench {
namespace {

// In its own process: the filter applies to all of a process's connections.
TEST(BlackHole, WhatIsSentToItIsNeverReadNorAnswered) {
  const auto in_child = [] {
    const int listener = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof address;
    if (bind(listener, reinterpret_cast<sockaddr*>(&address), bytes) != 0 || listen(listener, 1) != 0) return 1;
    getsockname(listener, reinterpret_cast<sockaddr*>(&address), &bytes);
    const int client = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(client, reinterpret_cast<sockaddr*>(&address), bytes) != 0) return 2;
    const int server = accept(listener, nullptr, nullptr);
    char byte = 'a';
    if (send(client, &byte, 1, 0) != 1 || recv(server, &byte, 1, 0) != 1) return 3;  // it works so far
    if (fall_into_black_hole() != 3) return 4;
    if (send(client, &byte, 1, 0) != 1) return 5;  // the sender gets no error
    pollfd input{.fd = server, .events = POLLIN, .revents = 0};
    return poll(&input, 1, 50) == 0 ? 0 : 6;
  };
  const pid_t child = fork();
  if (child == 0) _exit(in_child());
  int status = -1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace exocast::bench
