// SPDX-License-Identifier: Apache-2.0
#pragma once
// Node: one member of a cluster, put together: a loop, servers whose messages go to an inbox, a link to each peer and a
// broadcaster over them.
//
// It serves exo's protocol at its address and native links at a port of its own, and speaks natively to the peers that
// offer it. It answers questions (answers.h). Native links are served by the thread in run(): a node that others reach
// has to be run. A node that listens nowhere only sends. Its peers are those that its cluster finds, or a fixed list;
// of a list, no network is touched before something is delivered. Threading: made and destroyed outside of its loop;
// everything else is used inside (in run(), or holding loop().enter()). Lifetime: it owns all its parts, and destroying
// it ends them in order: no new calls, handlers stopped and waited for within the server's drain_timeout, what is still
// being sent cancelled, all threads joined. Subscriptions, and copies of its broadcaster's roster, go before it.

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exocast/asio_loop.h"
#include "exocast/asker.h"
#include "exocast/broadcaster.h"
#include "exocast/ids.h"
#include "exocast/inbox.h"
#include "link/exo/exo_server.h"
#include "link/native/native_server.h"
#include "node/node_cluster.h"
#include "node/peer_links.h"

namespace exocast {

struct NodeOptions {
  /// Names it in topologies. Need not be unique to send.
  std::string id;
  /// Where it serves, port 0: any free one. Nothing: nowhere.
  std::optional<PeerAddress> listen = std::nullopt;
  /// To whom it broadcasts, and whom it names in topologies; without itself. Empty with a cluster.
  std::vector<Peer> peers = {};
  /// Finds its peers itself; for a node that listens. Nothing: `peers` are all there are.
  std::optional<NodeClusterOptions> cluster = std::nullopt;

  /// Where it takes native links, on the host of `listen`. 0: any free port; nothing: it takes none.
  std::optional<std::uint16_t> native_port = 0;
  PeerLinksOptions links = {};

  InboxLimits inbox = {};
  ExoServerOptions server = {};
  NativeServerOptions native_server = {};
  BroadcasterOptions broadcaster = {};
  AskLimits asks = {};
  /// Whether it counts by names (docs/metrics.md), for Node::metrics().
  bool metrics = false;

  /// Waits so long before it accepts a message: a slow node, for demonstrations and tests. Default: not at all.
  Duration accept_delay = Duration::zero();
};

class Node {
 public:
  /// Builds a node and begins to serve. The error is one printable line: an address that cannot be listened on, peers
  /// that share an id.
  static std::expected<std::unique_ptr<Node>, std::string> start(NodeOptions options);
  ~Node();

  const std::string& id() const noexcept;

  /// Where it serves, with the port that was chosen; nothing if nowhere.
  std::optional<PeerAddress> address() const;

  /// Where it takes native links; nothing if nowhere.
  std::optional<PeerAddress> native_address() const;

  /// The numbers of all its parts; null without NodeOptions::metrics.
  Metrics* metrics() noexcept;

  AsioLoop& loop() noexcept;
  Inbox& inbox() noexcept;
  Broadcaster& broadcaster() noexcept;

  /// Asks the peers of broadcaster().
  Asker& asker() noexcept;

  /// Connects to the peer at `index` of NodeOptions::peers, so that the first message need not wait for it. The error
  /// is why it gave no answer.
  task<std::expected<void, Status>> connect(std::size_t index, Deadline deadline);

  /// The links to the peers, in the order of NodeOptions::peers.
  const std::vector<PeerLink>& links() const noexcept;

  /// What finds its peers; null without NodeOptions::cluster.
  const NodeCluster* cluster() const noexcept;

  /// Says goodbye to its cluster, so that the others need not find out; done by `deadline`.
  task<void> leave(Deadline deadline);

  /// What it answers to CollectTopology: this machine and its peers, those it was given linked as "MAN" (exo's word for
  /// a peer listed by hand).
  Topology topology() const;

 private:
  struct Parts;
  explicit Node(std::unique_ptr<Parts> parts) noexcept;
  std::unique_ptr<Parts> parts_;
};

}  // namespace exocast
