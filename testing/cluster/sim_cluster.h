// SPDX-License-Identifier: Apache-2.0
#pragma once
// SimCluster: nodes with a Membership each on a simulated network, for tests: they start, stop, die and leave, and the
// test reads their views of each other. The same seed gives the same history.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "cluster/swim/membership.h"
#include "exocast/gather/wait.h"
#include "testing/cluster/sim_cluster_network.h"

namespace exocast {

class SimCluster {
 public:
  struct Node {
    std::string id;
    SimMachine* machine = nullptr;
    std::uint64_t session = 0;
    std::unique_ptr<Membership> membership = {};
    std::size_t changes = 0;
    std::vector<PeerAddress> conflicts = {};

    bool runs() const noexcept { return membership != nullptr; }
  };

  explicit SimCluster(std::uint64_t seed, const SimClusterOptions& network = {},
                      const MembershipOptions& options = MembershipOptions::lan())
      : loop(seed), network(loop, network), options_(options), sessions_(loop.random("sessions")) {}

  /// Adds a running node without peers; by default named n<index>, at an address of 10.0.0.0/8.
  Node& add(std::string id = "", PeerAddress address = {}) {
    const std::size_t index = nodes.size();
    if (id.empty()) id = "n" + std::to_string(index);
    if (address.port == 0) {
      address = {.host = "10.0." + std::to_string(index / 200) + "." + std::to_string(1 + index % 200), .port = 5680};
    }
    nodes.push_back(std::make_unique<Node>(Node{.id = std::move(id), .machine = &network.add(address)}));
    start(index);
    return *nodes.back();
  }

  /// Adds `count` nodes that know each other.
  void make(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
      add();
      if (i > 0) join(i, 0);
    }
    while (!all_healthy() && loop.now() < TimePoint(std::chrono::hours(2))) pass(std::chrono::milliseconds(50));
  }

  /// Starts a process, with a new session.
  void start(std::size_t index) {
    Node& node = *nodes[index];
    node.machine->enter();
    node.session = sessions_() | 1U;
    Member self;
    self.id = node.id;
    self.address = node.machine->address();
    self.session = node.session;
    self.capabilities = DeviceCapabilities{.model = "model of " + node.id, .chip = "c", .memory_mb = 1024, .flops = {}};
    node.membership = std::make_unique<Membership>(*node.machine, *node.machine, self, options_, sessions_());
    node.membership->on_change([&node] { ++node.changes; });
    node.membership->on_conflict([&node](const PeerAddress& at) { node.conflicts.push_back(at); });
  }

  /// Ends a process without a leave message.
  void kill(std::size_t index) {
    nodes[index]->machine->go_on();
    nodes[index]->membership.reset();
  }

  void join(std::size_t index, std::size_t to) {
    nodes[index]->machine->enter();
    nodes[index]->membership->join({.id = nodes[to]->id,
                                    .address = nodes[to]->machine->address(),
                                    .kind = NodeKind::exocast,
                                    .capabilities = {},
                                    .source = "file"});
  }

  void pass(Duration duration) { loop.run(sleeping(duration)); }

  /// The view that `index` has of `of`; nothing if it does not know it.
  std::optional<Member> view(std::size_t index, std::size_t of) const {
    for (Member& member : nodes[index]->membership->members()) {
      if (member.id == nodes[of]->id) return std::move(member);
    }
    return std::nullopt;
  }

  /// Whether all other running nodes have `of` in this state.
  bool everywhere(std::size_t of, MemberState state) const {
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (i == of || !nodes[i]->runs() || nodes[i]->machine->is_stopped()) continue;
      const auto member = view(i, of);
      if (!member || member->state != state || (nodes[of]->runs() && member->session != nodes[of]->session)) {
        return false;
      }
    }
    return true;
  }

  /// Whether the view of each running node is exactly the running nodes, all healthy.
  bool all_healthy() const {
    const auto running =
        static_cast<std::size_t>(std::ranges::count_if(nodes, [](const auto& n) { return n->runs(); }));
    return std::ranges::all_of(nodes, [&](const auto& node) {
      return !node->runs() || (node->membership->count(MemberState::healthy) == running - 1 &&
                               node->membership->count(MemberState::suspect) == 0);
    });
  }

  /// The views of all nodes, for a failure message.
  std::string describe() const {
    std::string text;
    for (const auto& node : nodes) {
      text += node->id + ":";
      if (!node->runs()) text += " not running";
      for (const Member& member : node->runs() ? node->membership->members() : std::vector<Member>()) {
        text += " " + member.id + " " + std::string(to_string(member.state)) + " " +
                std::to_string(member.session % 1000) + "/" + std::to_string(member.incarnation);
      }
      text += " (own: " + std::to_string(node->session % 1000) + "/" +
              (node->runs() ? std::to_string(node->membership->incarnation()) : "") + ")\n";
    }
    return text;
  }

  /// The time until `condition` holds, checked every 5 ms; `most` if it does not.
  Duration until(const std::function<bool()>& condition, Duration most) {
    const TimePoint begun = loop.now();
    while (!condition() && loop.now() < begun + most) pass(std::chrono::milliseconds(5));
    return loop.now() - begun;
  }

  template <class Count>
  std::uint64_t sum(Count MembershipMetrics::* count) const {
    std::uint64_t sum = 0;
    for (const auto& node : nodes) sum += node->runs() ? node->membership->metrics().*count : 0;
    return sum;
  }

  SimLoop loop;
  SimClusterNetwork network;
  std::vector<std::unique_ptr<Node>> nodes;

 private:
  static task<void> sleeping(Duration duration) { co_await sleep_for(duration); }

  MembershipOptions options_;
  Random sessions_;
};

}  // namespace exocast
