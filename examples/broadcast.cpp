// SPDX-License-Identifier: Apache-2.0
// Two receivers and a sender in one process, on loopback: the sender broadcasts a status, and its report says who got
// it. In life each node is a process of its own, on a machine of its own.
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "exocast/exocast.h"

using namespace exocast;  // NOLINT(google-build-using-namespace): an example is short
using namespace std::chrono_literals;

namespace {

/// A node, and the thread that runs it.
class Receiver {
 public:
  explicit Receiver(std::unique_ptr<Node> node)
      : node_(std::move(node)),
        thread_([this] { node_->loop().run([]() -> task<void> { co_await until_stopped(); }()); }) {}
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  ~Receiver() {
    node_->loop().request_stop();
    thread_.join();
  }

  Peer as_peer() const { return {node_->id(), *node_->address(), std::nullopt}; }

 private:
  std::unique_ptr<Node> node_;
  std::thread thread_;
};

}  // namespace

int main() {
  std::vector<std::unique_ptr<Receiver>> receivers;
  std::vector<Peer> peers;
  for (const char* id : {"n1", "n2"}) {
    auto node = Node::start({.id = id, .listen = PeerAddress{.host = "127.0.0.1", .port = 0}});
    if (!node) return std::fprintf(stderr, "%s\n", node.error().c_str()), 1;
    receivers.push_back(std::make_unique<Receiver>(*std::move(node)));
    peers.push_back(receivers.back()->as_peer());
  }
  auto sender = Node::start({.id = "sender", .peers = peers});
  const auto message = Message::opaque_status("example", R"({"type":"hello"})");
  if (!sender || !message) return 1;

  const auto report = (*sender)->loop().run((*sender)->broadcaster().broadcast(*message, {.timeout = 5s}));
  std::fputs(to_table(*report).c_str(), stdout);
  return report->satisfied ? 0 : 1;
}
