// SPDX-License-Identifier: Apache-2.0
#pragma once
// Node: one member of a cluster: a loop, servers that put messages into an inbox, a link to each peer, and a
// broadcaster and an asker over the links.
//
// A node serves exo's protocol at its address, and native links at a port of its own; to peers that offer native links
// it speaks natively. It answers the questions of question.h. A node without an address only sends. Its peers
// are the members of its cluster, or a fixed list; to peers of a list it connects when something is first sent.
// Native links are served by the thread in run(): run the loop of a node that others are to reach.
//
// Threading: make and destroy a node outside of its loop; use everything else inside (in loop().run(), or while holding
// loop().enter()). Lifetime: a node owns all its parts. Destroying it takes no new calls, stops the handlers and waits
// for them for ExoServerOptions::drain_timeout at most, cancels what is being sent, and joins all threads. Destroy
// subscriptions, and copies of the broadcaster's roster, before the node.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "exocast/asio_loop.h"
#include "exocast/asker.h"
#include "exocast/broadcaster.h"
#include "exocast/cluster.h"
#include "exocast/cluster_options.h"
#include "exocast/ids.h"
#include "exocast/inbox.h"
#include "exocast/link_options.h"
#include "exocast/metrics.h"
#include "exocast/options.h"
#include "exocast/status.h"
#include "exocast/topology.h"

namespace exocast {

struct NodeOptions {
  /// Its name in topologies and in its cluster. A node that only sends needs no unique id.
  std::string id;
  /// The address at which it serves; port 0: any free port. Nothing: it does not serve.
  std::optional<PeerAddress> listen = std::nullopt;
  /// The receivers of its broadcasts, without itself; their ids are unique. Empty with a cluster.
  std::vector<Peer> peers = {};
  /// How it finds its peers; needs `listen`. Nothing: its peers are `peers`.
  std::optional<ClusterOptions> cluster = std::nullopt;

  /// The port for native links, on the host of `listen`. 0: any free port; nothing: it takes no native links.
  std::optional<std::uint16_t> native_port = 0;
  PeerLinksOptions links = {};

  InboxLimits inbox = {};
  ExoServerOptions server = {};
  NativeServerOptions native_server = {};
  BroadcasterOptions broadcaster = {};
  AskLimits asks = {};
  /// Whether Node::metrics() has the metrics of docs/metrics.md.
  bool metrics = false;

  /// How long it waits before it accepts a message, to play a slow node in demonstrations and tests. 0 or more.
  Duration accept_delay = Duration::zero();
};

class Node {
 public:
  /// Makes a node and begins to serve. The error is one printable line: the node cannot listen on an address, two peers
  /// have the same id, or the peers file cannot be read.
  static std::expected<std::unique_ptr<Node>, std::string> start(NodeOptions options);
  ~Node();

  const std::string& id() const noexcept;

  /// The address at which it serves, with the real port; nothing without NodeOptions::listen.
  std::optional<PeerAddress> address() const;

  /// The address at which it takes native links; nothing if it takes none.
  std::optional<PeerAddress> native_address() const;

  /// The metrics of all its parts; null without NodeOptions::metrics.
  Metrics* metrics() noexcept;

  AsioLoop& loop() noexcept;
  Inbox& inbox() noexcept;
  Broadcaster& broadcaster() noexcept;

  /// Asks the peers of broadcaster().
  Asker& asker() noexcept;

  /// Connects to the peer at `index` of NodeOptions::peers, so that the first message need not wait for it. The error
  /// says why the peer gave no answer by `deadline`.
  task<std::expected<void, Status>> connect(std::size_t index, Deadline deadline);

  /// The kind of link that is in use to the peer `id`, such as "native"; "" if none was chosen yet, or if `id` is not a
  /// receiver of broadcasts.
  std::string_view link_kind(const std::string& id) const noexcept;

  /// The members of its cluster; null without NodeOptions::cluster.
  const Cluster* cluster() const noexcept;

  /// Says goodbye to its cluster, so that the other members need not find out; ends by `deadline`. Without a cluster it
  /// does nothing.
  task<void> leave(Deadline deadline);

  /// What this node answers to exo's CollectTopology: this machine and its peers. Edges to peers from
  /// NodeOptions::peers are described as "MAN", exo's word for a peer listed by hand.
  Topology topology() const;

  /// Asks all receivers of broadcasts for their topology at once, and puts the answers together with its own. Ends
  /// after `timeout`, above 0, at the latest, whatever the peers do; a peer that does not answer is an outcome.
  task<CollectedTopology> collect_topology(Duration timeout);

 private:
  struct Parts;
  explicit Node(std::unique_ptr<Parts> parts) noexcept;
  std::unique_ptr<Parts> parts_;
};

}  // namespace exocast
