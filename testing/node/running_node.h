// SPDX-License-Identifier: Apache-2.0
#pragma once
// Running: runs a node's loop while a test does something else.

#include <thread>

#include "exocast/gather/wait.h"
#include "exocast/node.h"

namespace exocast {

/// Runs a node's loop on its own thread, as in its own process.
class Running {
 public:
  explicit Running(Node& node)
      : node_(node), thread_([&node] { node.loop().run([]() -> task<void> { co_await until_stopped(); }()); }) {}
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running() {
    node_.loop().request_stop();
    thread_.join();
  }

 private:
  Node& node_;
  std::thread thread_;
};

}  // namespace exocast
