// SPDX-License-Identifier: Apache-2.0
#include "exocast/node/node.h"

#include <utility>

#include "exocast/gather/wait.h"
#include "exocast/node/machine.h"

namespace exocast {
namespace {

/// Gives what the server receives to the inbox.
class InboxHandler final : public ExoHandler {
 public:
  InboxHandler(Inbox& inbox, const Topology& topology, Duration accept_delay) noexcept
      : inbox_(inbox), topology_(topology), accept_delay_(accept_delay) {}

  task<std::expected<void, LinkError>> accept(Message message) override {
    if (accept_delay_ > Duration::zero()) co_await sleep_for(accept_delay_);
    co_return co_await inbox_.accept_soon(message);
  }
  Topology topology() override { return topology_; }
  bool healthy() override { return true; }

 private:
  Inbox& inbox_;
  const Topology& topology_;
  Duration accept_delay_;
};

Topology make_topology(const NodeOptions& options) {
  Topology topology;
  topology.nodes[options.id] = this_machine();
  auto& edges = topology.connections[options.id];
  for (const Peer& peer : options.peers) {
    edges.push_back({.to_id = peer.id, .description = "MAN"});
    if (peer.capabilities) topology.nodes[peer.id] = *peer.capabilities;
  }
  return topology;
}

}  // namespace

// Destroyed from the last to the first, which is the order of the shutdown.
struct Node::Parts {
  explicit Parts(const NodeOptions& options)
      : topology(make_topology(options)),
        inbox(options.inbox),
        handler(inbox, topology, options.accept_delay),
        client(loop, options.client) {}

  AsioLoop loop;
  Topology topology;
  Inbox inbox;
  InboxHandler handler;
  ExoClient client;
  std::vector<std::shared_ptr<ExoLink>> links;
  std::optional<Broadcaster> broadcaster;
  std::unique_ptr<ExoServer> server;
};

std::expected<std::unique_ptr<Node>, std::string> Node::start(NodeOptions options) {
  auto parts = std::make_unique<Parts>(options);
  std::vector<Destination> destinations;
  {
    const auto inside = parts->loop.enter();
    for (const Peer& peer : options.peers) {
      parts->links.push_back(parts->client.link(peer.address));
      destinations.push_back({peer.id, to_string(peer.address), parts->links.back(), ""});
    }
    auto roster = Roster::make(std::move(destinations));
    if (!roster) return std::unexpected(std::move(roster.error()));
    parts->broadcaster.emplace(parts->loop, *std::move(roster), options.broadcaster);
  }
  if (options.listen) {
    auto server = ExoServer::start(parts->loop, *options.listen, parts->handler, options.server);
    if (!server) return std::unexpected(std::move(server.error()));
    parts->server = *std::move(server);
  }
  return std::unique_ptr<Node>(new Node(std::move(parts)));
}

Node::Node(std::unique_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}
Node::~Node() = default;

std::optional<PeerAddress> Node::address() const {
  if (!parts_->server) return std::nullopt;
  return parts_->server->address();
}

AsioLoop& Node::loop() noexcept { return parts_->loop; }
Inbox& Node::inbox() noexcept { return parts_->inbox; }
Broadcaster& Node::broadcaster() noexcept { return *parts_->broadcaster; }
const std::vector<std::shared_ptr<ExoLink>>& Node::links() const noexcept { return parts_->links; }
const Topology& Node::topology() const noexcept { return parts_->topology; }

}  // namespace exocast
