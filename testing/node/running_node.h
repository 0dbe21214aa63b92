// SPDX-License-Identifier: Apache-2.0
#pragma once
// A node for a test: started, and run while the test does something else.

#include <memory>
#include <thread>
#include <utility>

#include <gtest/gtest.h>

#include "exocast/gather/wait.h"
#include "exocast/node.h"

namespace exocast {

inline std::unique_ptr<Node> started(NodeOptions options) {
  auto node = Node::start(std::move(options));
  EXPECT_TRUE(node) << node.error();
  return *std::move(node);
}

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
