// SPDX-License-Identifier: Apache-2.0
#include "exocast/node/node.h"

#include <optional>
#include <utility>

#include "exocast/gather/wait.h"
#include "exocast/link/native/tcp_dialer.h"
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

/// How the native links to the peer at `address` are made. The node's poller outlives them.
NativeParts native_parts(Poller& poller, const PeerAddress& address, const NodeOptions& options) {
  return {.dialer = [&poller, host = address.host, tcp = options.tcp](std::uint16_t port) -> std::unique_ptr<Dialer> {
            return std::make_unique<TcpDialer>(poller, PeerAddress{.host = host, .port = port}, tcp);
          },
          .link = [&poller, link = options.native_link](std::unique_ptr<Dialer> dialer) -> std::unique_ptr<Link> {
            return std::make_unique<NativeLink>(poller.loop(), std::move(dialer), link);
          }};
}

}  // namespace

struct Node::Parts {
  explicit Parts(NodeOptions given);
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts();

  std::optional<std::string> link_to_peers();
  std::optional<std::string> serve();

  const NodeOptions options;
  AsioLoop loop;
  Poller poller{loop};
  Topology topology;
  Inbox inbox;
  InboxHandler handler;
  ExoClient client;
  std::vector<std::shared_ptr<ExoLink>> exo_links;
  std::vector<std::shared_ptr<NegotiatedLink>> links;  // none if it speaks natively to nobody
  std::optional<Broadcaster> broadcaster;
  std::unique_ptr<NativeServer> native_server;
  std::unique_ptr<ExoServer> server;
};

Node::Parts::Parts(NodeOptions given)
    : options(std::move(given)),
      topology(make_topology(options)),
      inbox(options.inbox),
      handler(inbox, topology, options.accept_delay),
      client(loop, options.client) {}

std::optional<std::string> Node::Parts::link_to_peers() {
  const auto inside = loop.enter();
  std::vector<Destination> destinations;
  for (const Peer& peer : options.peers) {
    exo_links.push_back(client.link(peer.address));
    std::shared_ptr<Link> link = exo_links.back();
    if (options.native_links) {
      auto parts = native_parts(poller, peer.address, options);
      link = links.emplace_back(
          std::make_shared<NegotiatedLink>(loop, exo_links.back(), std::move(parts), options.negotiation));
    }
    destinations.push_back({peer.id, to_string(peer.address), std::move(link), ""});
  }
  auto roster = Roster::make(std::move(destinations));
  if (!roster) return std::move(roster.error());
  broadcaster.emplace(loop, *std::move(roster), options.broadcaster);
  return std::nullopt;
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
  native_server.reset();
  broadcaster.reset();
  links.clear();
}

std::expected<std::unique_ptr<Node>, std::string> Node::start(NodeOptions options) {
  for (std::string* id : {&options.native_link.node_id, &options.native_server.receiver.node_id}) {
    if (id->empty()) *id = options.id;
  }
  auto parts = std::make_unique<Parts>(std::move(options));
  if (auto fault = parts->link_to_peers()) return std::unexpected(*std::move(fault));
  if (parts->options.listen) {
    if (auto fault = parts->serve()) return std::unexpected(*std::move(fault));
  }
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
  if (index < parts_->links.size()) co_return co_await parts_->links[index]->connect(deadline);
  auto health = co_await parts_->exo_links[index]->health(deadline);
  if (!health) co_return std::unexpected(std::move(health.error()));
  co_return {};
}

AsioLoop& Node::loop() noexcept { return parts_->loop; }
Inbox& Node::inbox() noexcept { return parts_->inbox; }
Broadcaster& Node::broadcaster() noexcept { return *parts_->broadcaster; }
const std::vector<std::shared_ptr<ExoLink>>& Node::links() const noexcept { return parts_->exo_links; }
const Topology& Node::topology() const noexcept { return parts_->topology; }

}  // namespace exocast
