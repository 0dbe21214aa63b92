// SPDX-License-Identifier: Apache-2.0
#pragma once
// ScriptedExo: simulated exo nodes for the tests of a watch, on virtual time. Each answers HealthCheck as scripted.

#include <algorithm>
#include <map>
#include <memory>
#include <string>

#include "exocast/gather/event.h"
#include "exocast/gather/wait.h"
#include "exocast/ids.h"
#include "link/exo/exo_client.h"

namespace exocast {

class ScriptedExo {
 public:
  struct Node {
    // Behaviour.
    Duration delay = std::chrono::milliseconds(1);
    bool healthy = true;
    bool silent = false;   ///< a black hole or a stopped process: no answer until release()
    bool refuses = false;  ///< connection refused: an error at once
    // Record.
    int asked = 0;
    int now = 0;  ///< open questions
    int most_at_once = 0;
    Event released = {};
  };

  Node& at(const PeerAddress& address) { return nodes_[address]; }

  /// Answers the open questions of a silent node.
  void release(const PeerAddress& address) {
    at(address).released.set();
    at(address).released.reset();
  }

  std::shared_ptr<ExoLink> link(const PeerAddress& address) { return std::make_shared<ToNode>(at(address)); }

 private:
  class ToNode final : public ExoLink {
   public:
    explicit ToNode(Node& node) noexcept : node_(node) {}
    std::string_view kind() const noexcept override { return "exo"; }
    std::size_t message_bytes_max() const noexcept override { return 1; }
    task<std::expected<void, Status>> deliver(Message /*message*/, Deadline /*deadline*/) override {
      co_return std::unexpected(error(StatusCode::unimplemented));
    }
    task<std::expected<Topology, Status>> collect_topology(Deadline /*deadline*/) override {
      co_return std::unexpected(error(StatusCode::unimplemented));
    }
    task<std::expected<Health, Status>> health(Deadline deadline) override {
      const UnderWay under_way(node_);
      if (node_.refuses) co_return std::unexpected(error(StatusCode::unavailable));
      const bool in_time = co_await answer(deadline);
      if (!in_time) co_return std::unexpected(error(StatusCode::deadline_exceeded));
      co_return Health{.healthy = node_.healthy};
    }

   private:
    struct UnderWay {
      explicit UnderWay(Node& node) noexcept : node(node) {
        ++node.asked;
        node.most_at_once = std::max(node.most_at_once, ++node.now);
      }
      UnderWay(const UnderWay&) = delete;
      UnderWay& operator=(const UnderWay&) = delete;
      ~UnderWay() { --node.now; }
      Node& node;
    };
    static Status error(StatusCode code) { return {.code = code}; }

    task<bool> answer(Deadline deadline) {
      if (!node_.silent) {
        co_await sleep_for(node_.delay);
        co_return true;
      }
      co_await node_.released.wait(deadline);
      co_return !node_.silent;
    }

    Node& node_;
  };

  std::map<PeerAddress, Node> nodes_;
};

}  // namespace exocast
