// SPDX-License-Identifier: Apache-2.0
#include "exocast/node/node.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

#include "exocast/gather/wait.h"
#include "exocast/link/native/native_metrics.h"
#include "exocast/node/machine.h"
#include "exocast/node/node_metrics.h"

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

struct Node::Parts {
  explicit Parts(NodeOptions given);
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts();

  std::optional<std::string> link_to_peers();
  std::optional<std::string> serve();
  void register_series();

  const NodeOptions options;
  AsioLoop loop;
  Poller poller{loop};
  Topology topology;
  Inbox inbox;
  InboxHandler handler;
  PeerLinks peer_links;
  std::vector<PeerLink> links;  // in the order of options.peers
  std::optional<Broadcaster> broadcaster;
  std::unique_ptr<NativeServer> native_server;
  std::unique_ptr<ExoServer> server;
  std::vector<Metrics::Registration> series;  // but for the broadcaster's
};

Node::Parts::Parts(NodeOptions given)
    : options(std::move(given)),
      topology(make_topology(options)),
      inbox(options.inbox),
      handler(inbox, topology, options.accept_delay),
      peer_links(loop, poller, options.links) {}

std::optional<std::string> Node::Parts::link_to_peers() {
  const auto inside = loop.enter();
  std::vector<Destination> destinations;
  for (const Peer& peer : options.peers) {
    const PeerLink& link = links.emplace_back(peer_links.to(peer.address));
    destinations.push_back({peer.id, to_string(peer.address), link.link(), ""});
  }
  auto roster = Roster::make(std::move(destinations));
  if (!roster) return std::move(roster.error());
  BroadcasterOptions broadcasting = options.broadcaster;
  if (options.metrics != nullptr) broadcasting.metrics = options.metrics;
  broadcaster.emplace(loop, *std::move(roster), broadcasting);
  return std::nullopt;
}

void Node::Parts::register_series() {
  if (options.metrics == nullptr) return;
  const auto inside = loop.enter();
  const auto add = [this](std::vector<Metrics::Registration> more) {
    std::ranges::move(more, std::back_inserter(series));
  };
  add(register_metrics(*options.metrics, inbox));
  if (native_server != nullptr) add(register_metrics(*options.metrics, native_server->receiver()));
  for (std::size_t index = 0; index < links.size(); ++index) {
    if (links[index].negotiated == nullptr) continue;
    add(register_metrics(*options.metrics, options.peers[index].id, *links[index].negotiated));
  }
}

std::optional<std::string> Node::Parts::serve() {
  ExoServerOptions server_options = options.server;
  if (options.native_port) {
    const auto inside = loop.enter();
    const PeerAddress listen = {.host = options.listen->host, .port = *options.native_port};
    auto started = NativeServer::start(poller, listen, handler, options.native_server);
    if (!started) return std::move(started.error());
    native_server = *std::move(started);
    server_options.native_port = native_server->address().port;
  }
  auto started = ExoServer::start(loop, *options.listen, handler, server_options);
  if (!started) return std::move(started.error());
  server = *std::move(started);
  return std::nullopt;
}

/// The order of the shutdown: what comes in, what goes out, what both stand on.
Node::Parts::~Parts() {
  server.reset();
  if (native_server != nullptr) {
    const Deadline deadline = Deadline::after(Clock::now(), options.server.drain_timeout);
    loop.run(native_server->drain(deadline), options.server.drain_timeout);
  }
  const auto inside = loop.enter();
  series.clear();
  native_server.reset();
  broadcaster.reset();
  links.clear();
}

std::expected<std::unique_ptr<Node>, std::string> Node::start(NodeOptions options) {
  for (std::string* id : {&options.links.native_link.node_id, &options.native_server.receiver.node_id}) {
    if (id->empty()) *id = options.id;
  }
  auto parts = std::make_unique<Parts>(std::move(options));
  if (auto fault = parts->link_to_peers()) return std::unexpected(*std::move(fault));
  if (parts->options.listen) {
    if (auto fault = parts->serve()) return std::unexpected(*std::move(fault));
  }
  parts->register_series();
  return std::unique_ptr<Node>(new Node(std::move(parts)));
}

Node::Node(std::unique_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}
Node::~Node() = default;

std::optional<PeerAddress> Node::address() const {
  if (!parts_->server) return std::nullopt;
  return parts_->server->address();
}

std::optional<PeerAddress> Node::native_address() const {
  if (!parts_->native_server) return std::nullopt;
  return parts_->native_server->address();
}

task<std::expected<void, LinkError>> Node::connect(std::size_t index, Deadline deadline) {
  return parts_->links[index].connect(deadline);
}

AsioLoop& Node::loop() noexcept { return parts_->loop; }
Inbox& Node::inbox() noexcept { return parts_->inbox; }
Broadcaster& Node::broadcaster() noexcept { return *parts_->broadcaster; }
const std::vector<PeerLink>& Node::links() const noexcept { return parts_->links; }
const Topology& Node::topology() const noexcept { return parts_->topology; }

}  // namespace exocast
