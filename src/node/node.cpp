// SPDX-License-Identifier: Apache-2.0
#include "exocast/node.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <iterator>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "base/random.h"
#include "cluster/discovery/name_resolver.h"
#include "cluster/topology_collector.h"
#include "cluster/topology_parts.h"
#include "exocast/gather/wait.h"
#include "link/exo/exo_server.h"
#include "link/native/native_metrics.h"
#include "link/native/native_server.h"
#include "node/machine.h"
#include "node/node_answers.h"
#include "node/node_cluster.h"
#include "node/node_metrics.h"
#include "node/peer_links.h"
#include "node/replay_question.h"

namespace exocast {
namespace {

/// Passes received messages to the inbox, and answers for the node.
class NodeHandler final : public ExoHandler {
 public:
  NodeHandler(Inbox& inbox, SenderLogs& logs, std::function<Topology()> topology, std::function<NodeStats()> stats,
              std::function<std::expected<std::string, Status>(std::string_view)> replay,
              Duration accept_delay) noexcept
      : inbox_(inbox),
        logs_(logs),
        topology_(std::move(topology)),
        stats_(std::move(stats)),
        replay_(std::move(replay)),
        accept_delay_(accept_delay) {}

  task<std::expected<void, Status>> accept(Message message) override {
    const Origin origin = std::exchange(origin_, {});
    if (accept_delay_ > Duration::zero()) co_await sleep_for(accept_delay_);
    co_return co_await inbox_.accept_soon(message, origin);
  }
  void missed(std::uint64_t messages) override { inbox_.missed(messages); }
  void comes_from(const Origin& origin) override { origin_ = origin; }
  void log_news(std::string_view sender, const LogNews& news) override { logs_.add(sender, news); }
  bool accept_now(Message& message) override {
    if (accept_delay_ > Duration::zero() || !inbox_.accept_now(message, origin_)) return false;
    origin_ = {};
    return true;
  }
  Topology topology() override { return topology_(); }
  bool healthy() override { return true; }
  task<std::expected<std::string, Status>> answer(Question question) override {
    if (question.name() == replay_question_name) co_return replay_(question.argument());
    co_return answer_to(question, stats_());
  }

 private:
  Inbox& inbox_;
  SenderLogs& logs_;
  Origin origin_;  // of the next message
  const std::function<Topology()> topology_;
  const std::function<NodeStats()> stats_;
  const std::function<std::expected<std::string, Status>(std::string_view)> replay_;
  Duration accept_delay_;
};

/// The peers of the options, as members.
std::vector<Member> listed(const std::vector<Peer>& peers) {
  std::vector<Member> members;
  for (const Peer& peer : peers) {
    Member& member = members.emplace_back();
    member.id = peer.id;
    member.address = peer.address;
    member.capabilities = peer.capabilities;
    member.source = "file";
  }
  return members;
}

}  // namespace

struct Node::Parts {
  explicit Parts(NodeOptions given);
  Parts(const Parts&) = delete;
  Parts& operator=(const Parts&) = delete;
  ~Parts();

  std::optional<std::string> link_to_peers();
  std::optional<std::string> serve();
  std::optional<std::string> listen(PeerAddress address, const ExoServerOptions& server_options);
  std::optional<std::string> join_cluster();
  Topology topology() const;
  const PeerLink* link_to(const std::string& id) const;
  std::vector<TopologyPeer> topology_peers() const;
  void count(std::vector<Metrics::Registration> more);

  NodeOptions options;
  AsioLoop loop;
  std::optional<Metrics> metrics;
  Poller poller{loop};
  const TimePoint started_at = Clock::now();
  const DeviceCapabilities machine = this_machine();
  Inbox inbox;
  SenderLogs sender_logs;
  NodeHandler handler;
  PeerLinks peer_links;
  std::vector<PeerLink> links;  // in the order of options.peers
  std::optional<Broadcaster> broadcaster;
  std::optional<Asker> asker;
  std::unique_ptr<NativeServer> native_server;
  std::unique_ptr<ExoServer> server;
  std::unique_ptr<UdpPort> udp;  // until the cluster takes it
  std::unique_ptr<NodeCluster> cluster;
  std::vector<Metrics::Registration> series;
};

Node::Parts::Parts(NodeOptions given)
    : options(std::move(given)),
      inbox(options.inbox),
      sender_logs(options.sender_logs_max),
      handler(
          inbox, sender_logs, [this] { return topology(); },
          [this] { return stats_of(loop.now() - started_at, inbox, *broadcaster); },
          [this](std::string_view argument) {
            return replay_answer(*broadcaster, options.broadcaster.replay.messages > 0, argument);
          },
          options.accept_delay),
      peer_links(loop, poller, options.links) {
  if (options.cluster) {
    options.broadcaster.lanes.on_answer = [this, also = options.broadcaster.lanes.on_answer](const std::string& peer) {
      if (cluster != nullptr) cluster->heard_from(peer);
      if (also) also(peer);
    };
  }
  if (!options.metrics) return;
  options.broadcaster.metrics = &metrics.emplace();
  count(register_metrics(*metrics, inbox));
  count(register_metrics(*metrics, sender_logs));
}

void Node::Parts::count(std::vector<Metrics::Registration> more) {
  series.insert(series.end(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
}

std::optional<std::string> Node::Parts::link_to_peers() {
  const auto inside = loop.enter();
  std::vector<Destination> destinations;
  for (const Peer& peer : options.peers) {
    const PeerLink& link = links.emplace_back(peer_links.to(peer.address));
    destinations.push_back({peer.id, to_string(peer.address), link.link(), ""});
    if (metrics && link.negotiated != nullptr) count(register_metrics(*metrics, peer.id, *link.negotiated));
  }
  auto roster = Roster::make(std::move(destinations));
  if (!roster) return std::move(roster.error());
  broadcaster.emplace(loop, *std::move(roster), options.broadcaster);
  asker.emplace(loop, *broadcaster, options.asks, metrics ? &*metrics : nullptr);
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
    if (metrics) count(register_metrics(*metrics, native_server->receiver()));
    server_options.native_port = native_server->address().port;
  }
  PeerAddress address = *options.listen;
  if (options.cluster) {  // its datagrams need a numeric address
    auto host = NameResolver::system_look_up(address.host);
    if (!host) return fmt::format("cannot listen on {}: {}", to_string(address), host.error());
    address.host = *std::move(host);
  }
  // A port that is free for UDP may be in use for TCP: if any port will do, tries another one.
  for (int others = options.cluster && options.listen->port == 0 ? 8 : 0;; --others) {
    auto fault = listen(address, server_options);
    if (!fault || others == 0) return fault;
  }
}

/// Opens TCP, and for a cluster UDP at the same port.
std::optional<std::string> Node::Parts::listen(PeerAddress address, const ExoServerOptions& server_options) {
  if (options.cluster) {
    const auto inside = loop.enter();
    auto opened = UdpPort::open(poller, address, options.cluster->key);
    if (!opened) return std::move(opened.error());
    udp = *std::move(opened);
    address.port = udp->address().port;
  }
  auto started = ExoServer::start(loop, address, handler, server_options);
  if (!started) return std::move(started.error());
  server = *std::move(started);
  return std::nullopt;
}

std::optional<std::string> Node::Parts::join_cluster() {
  const auto inside = loop.enter();
  Member self;
  self.id = options.id;
  self.address = server->address();
  self.session = std::max<std::uint64_t>(random_seed(), 1);
  self.capabilities = machine;
  auto started = NodeCluster::start(poller, std::move(udp), peer_links, *broadcaster, metrics ? &*metrics : nullptr,
                                    self, *options.cluster);
  if (!started) return std::move(started.error());
  cluster = *std::move(started);
  return std::nullopt;
}

Topology Node::Parts::topology() const {
  return own_topology(options.id, machine, cluster ? cluster->cluster().members() : listed(options.peers));
}

/// The link to the receiver `id`; null if there is none.
const PeerLink* Node::Parts::link_to(const std::string& id) const {
  if (cluster != nullptr) return cluster->link_to(id);
  const auto at = std::ranges::find(options.peers, id, &Peer::id);
  return at == options.peers.end() ? nullptr : &links[static_cast<std::size_t>(at - options.peers.begin())];
}

/// The receivers of broadcasts, as peers to ask for their topology.
std::vector<TopologyPeer> Node::Parts::topology_peers() const {
  const Roster roster = broadcaster->roster();
  std::vector<TopologyPeer> peers;
  for (std::size_t i = 0; i < roster.size(); ++i) {
    const PeerLink* link = cluster != nullptr ? cluster->link_to(roster[i].id) : &links[i];
    if (link != nullptr) peers.push_back({.id = roster[i].id, .address = roster[i].address, .link = link->exo});
  }
  return peers;
}

/// The order of the shutdown: incoming traffic, outgoing traffic, then what both use.
Node::Parts::~Parts() {
  server.reset();
  if (native_server != nullptr) {
    const Deadline deadline = Deadline::after(Clock::now(), options.server.drain_timeout);
    loop.run(native_server->drain(deadline), options.server.drain_timeout);
  }
  const auto inside = loop.enter();
  series.clear();
  cluster.reset();
  udp.reset();
  native_server.reset();
  asker.reset();
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
    if (parts->options.cluster) {
      if (auto fault = parts->join_cluster()) return std::unexpected(*std::move(fault));
    }
  }
  return std::unique_ptr<Node>(new Node(std::move(parts)));
}

Node::Node(std::unique_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}
Node::~Node() = default;

const std::string& Node::id() const noexcept { return parts_->options.id; }

std::optional<PeerAddress> Node::address() const {
  if (!parts_->server) return std::nullopt;
  return parts_->server->address();
}

std::optional<PeerAddress> Node::native_address() const {
  if (!parts_->native_server) return std::nullopt;
  return parts_->native_server->address();
}

task<std::expected<Replay, Status>> Node::replay(std::string peer, ReplayRequest request, Duration timeout) {
  assert(timeout > Duration::zero());
  const PeerAnswer answer =
      co_await parts_->asker->ask_one(std::move(peer), replay_question(request), {.timeout = timeout});
  if (answer.outcome != PeerOutcome::answered) co_return std::unexpected(Status{answer.code, answer.error});
  auto replay = read_replay(answer.text, request);
  if (!replay) co_return std::unexpected(Status::internal(std::move(replay.error())));
  co_return *std::move(replay);
}

task<std::expected<void, Status>> Node::connect(std::size_t index, Deadline deadline) {
  assert(index < parts_->links.size());
  return parts_->links[index].connect(deadline);
}

Metrics* Node::metrics() noexcept { return parts_->metrics ? &*parts_->metrics : nullptr; }
AsioLoop& Node::loop() noexcept { return parts_->loop; }
Inbox& Node::inbox() noexcept { return parts_->inbox; }
SenderLogs& Node::sender_logs() noexcept { return parts_->sender_logs; }
Broadcaster& Node::broadcaster() noexcept { return *parts_->broadcaster; }
Asker& Node::asker() noexcept { return *parts_->asker; }

std::string_view Node::link_kind(const std::string& id) const noexcept {
  const PeerLink* link = parts_->link_to(id);
  return link != nullptr ? link->kind() : "";
}

const Cluster* Node::cluster() const noexcept {
  return parts_->cluster != nullptr ? &parts_->cluster->cluster() : nullptr;
}

Topology Node::topology() const { return parts_->topology(); }

task<CollectedTopology> Node::collect_topology(Duration timeout) {
  assert(timeout > Duration::zero());
  return exocast::collect_topology(parts_->loop, id(), topology(), parts_->topology_peers(), {.timeout = timeout});
}

task<void> Node::leave(Deadline deadline) {
  if (parts_->cluster != nullptr) co_await parts_->cluster->leave(deadline);
}

}  // namespace exocast
