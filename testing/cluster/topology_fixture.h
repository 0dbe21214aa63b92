// SPDX-License-Identifier: Apache-2.0
#pragma once
// Nodes that answer CollectTopology as scripted: late, never, or with an error. One thread.

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cluster/topology_collector.h"
#include "exocast/gather/wait.h"

namespace exocast {

inline DeviceCapabilities with_memory(std::int32_t memory_mb) {
  return {.model = "Linux", .chip = "chip", .memory_mb = memory_mb, .flops = {}};
}

/// Sleeps, and ignores stops.
class DeafSleep final : public Suspension, private Timer {
 public:
  explicit DeafSleep(Duration timeout) noexcept : timeout_(timeout) {}
  template <TaskPromise Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    suspend(handle);
    context().scheduler->wake_at(*this, context().scheduler->now() + timeout_);
  }
  void await_resume() const noexcept {}

 private:
  void fired() noexcept override { resume(); }
  void on_stop() noexcept override {}

  Duration timeout_;
};

/// Answers CollectTopology with `answer` after `delay`; Duration::max(): never.
class FakeLink final : public ExoLink {
 public:
  std::expected<Topology, Status> answer;
  Duration delay = std::chrono::milliseconds(1);
  bool deaf = false;
  int asked = 0;
  int* at_once = nullptr;  // number of open calls
  int* at_once_max = nullptr;

  std::string_view kind() const noexcept override { return "fake"; }
  std::size_t message_bytes_max() const noexcept override { return 0; }
  task<std::expected<void, Status>> deliver(Message, Deadline) override {
    co_return std::unexpected(Status::unimplemented(""));
  }
  task<std::expected<Health, Status>> health(Deadline) override {
    co_return std::unexpected(Status::unimplemented(""));
  }
  task<std::expected<Topology, Status>> collect_topology(Deadline deadline) override {
    ++asked;
    if (at_once != nullptr) *at_once_max = std::max(*at_once_max, ++*at_once);
    if (delay == Duration::max()) {
      co_await sleep_until(deadline);
      co_return std::unexpected(Status::deadline_exceeded("the link's own words"));
    }
    if (deaf) co_await DeafSleep(delay);
    if (!deaf) co_await sleep_for(delay);
    if (at_once != nullptr) --*at_once;
    co_return answer;
  }
};

/// A network of FakeLinks; each answers with its own node and edges.
struct Network {
  std::map<std::string, std::shared_ptr<FakeLink>> links;

  FakeLink& add(const std::string& id, const std::vector<std::string>& neighbours, std::int32_t memory_mb = 1024) {
    auto& link = links[id] = std::make_shared<FakeLink>();
    link->answer.emplace();
    link->answer->nodes[id] = with_memory(memory_mb);
    for (const std::string& to : neighbours) link->answer->connections[id].push_back({to, "LAN"});
    return *link;
  }

  std::vector<TopologyPeer> peers() const {
    std::vector<TopologyPeer> peers;
    for (const auto& [id, link] : links) peers.push_back({id, id + ":1", link});
    return peers;
  }
};

}  // namespace exocast
