// SPDX-License-Identifier: Apache-2.0
#pragma once
// Node: one member of a cluster: a loop, servers that put messages into an inbox, a link to each peer, and a
// broadcaster and an asker over the links.
//
//   auto node = Node::start({.id = "n1", .listen = *parse_address("0.0.0.0:50051"), .cluster = ClusterOptions()});
//   if (!node) std::cerr << node.error() << '\n';
//   (*node)->loop().run(work(**node));
//
// A node serves exo's protocol at its address, and native links at a second port. It uses native links to peers that
// offer them. It answers the questions of question.h. A node without an address only sends. Its peers are the members
// of its cluster, or a fixed list; a peer of a list is connected to when something is first sent. The thread in run()
// serves native links, so keep the loop running in a node that others must reach.
//
// Threading: make and destroy a node outside of its loop; use everything else inside (in loop().run(), or while holding
// loop().enter()). Lifetime: a node owns all its parts. Its destructor refuses new calls, stops the handlers and waits
// for them for ExoServerOptions::drain_timeout at most, cancels sends under way, and joins all threads. Destroy
// subscriptions, and copies of the broadcaster's roster, before the node.

#include <cstddef>
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
#include "exocast/replay.h"
#include "exocast/sender_logs.h"
#include "exocast/status.h"
#include "exocast/topology.h"

namespace exocast {

/// The options of a node.
struct NodeOptions {
  /// Its id in topologies and in its cluster, where it is unique (peer_id_fault()). A node that only sends needs none.
  std::string id;
  /// The address at which it serves; port 0: any free port. nullopt: it does not serve.
  std::optional<PeerAddress> listen = std::nullopt;
  /// The receivers of its broadcasts, without itself; their ids are unique. Empty with a cluster.
  std::vector<Peer> peers = {};
  /// How it finds its peers; needs `listen`. nullopt: its peers are `peers`.
  std::optional<ClusterOptions> cluster = std::nullopt;

  /// The port for native links, on the host of `listen`. 0: any free port; nullopt: it accepts no native links.
  std::optional<std::uint16_t> native_port = 0;
  PeerLinksOptions links = {};  ///< of the links to its peers

  InboxLimits inbox = {};                  ///< of the queues of received messages
  std::size_t sender_logs_max = 4'096;     ///< logs of senders that Node::sender_logs() remembers, 1 or more
  ExoServerOptions server = {};            ///< of the server for exo's protocol
  NativeServerOptions native_server = {};  ///< of the server for native links
  BroadcasterOptions broadcaster = {};     ///< its `metrics` is set by the node if `metrics` below is true; with its
                                           ///< `replay` the node answers its peers' replay()
  AskLimits asks = {};                     ///< of the questions that it asks
  bool metrics = false;                    ///< whether Node::metrics() has the metrics of docs/metrics.md

  /// A wait before each message is accepted, to simulate a slow node in demonstrations and tests. 0 or more.
  Duration accept_delay = Duration::zero();
};

/// A node; see the top of this file.
class Node {
 public:
  /// Makes a node and begins to serve. Blocks while it resolves the host of `listen`. The error is one printable line:
  /// the node cannot listen on an address, two peers have the same id, or the peers file cannot be read.
  static std::expected<std::unique_ptr<Node>, std::string> start(NodeOptions options);
  ~Node();

  const std::string& id() const noexcept;  ///< NodeOptions::id

  /// The address at which it serves, with the actual port; nullopt without NodeOptions::listen.
  std::optional<PeerAddress> address() const;

  /// The address at which it accepts native links; nullopt if it accepts none.
  std::optional<PeerAddress> native_address() const;

  /// The metrics of all its parts; null without NodeOptions::metrics.
  Metrics* metrics() noexcept;

  AsioLoop& loop() noexcept;            ///< runs all its tasks
  Inbox& inbox() noexcept;              ///< has the messages that it receives
  SenderLogs& sender_logs() noexcept;   ///< whether all other receivers have them, too
  Broadcaster& broadcaster() noexcept;  ///< sends to its peers
  Asker& asker() noexcept;              ///< asks the peers of broadcaster()

  /// Asks the receiver of broadcasts `peer` for messages that it has kept (BroadcasterOptions::replay), by a question.
  /// Ends after `timeout` (above 0) at the latest. The error is the peer's, NOT_FOUND if it keeps none; why it gave no
  /// answer; or INTERNAL if its answer is invalid.
  task<std::expected<Replay, Status>> replay(std::string peer, ReplayRequest request = {},
                                             Duration timeout = std::chrono::seconds(5));

  /// Connects to the peer at `index` of NodeOptions::peers, so that the first message does not wait for it. The error
  /// says why the peer gave no answer by `deadline`.
  task<std::expected<void, Status>> connect(std::size_t index, Deadline deadline);

  /// The kind of link in use to the peer `id`: "native" or "exo"; "" if none was chosen yet, or if `id` is not a
  /// receiver of broadcasts.
  std::string_view link_kind(const std::string& id) const noexcept;

  /// The members of its cluster; null without NodeOptions::cluster.
  const Cluster* cluster() const noexcept;

  /// Sends a goodbye to its cluster, so that the other members remove it at once. Ends by `deadline`, usually within
  /// 100 ms. Without a cluster it does nothing.
  task<void> leave(Deadline deadline);

  /// The node's own answer to exo's CollectTopology: its machine and its peers. Edges to peers from NodeOptions::peers
  /// are described as "MAN", exo's word for a peer listed by hand.
  Topology topology() const;

  /// Asks all receivers of broadcasts for their topology at once, and merges the answers with its own. Ends after
  /// `timeout` (above 0) at the latest; a peer that does not answer has an outcome.
  task<CollectedTopology> collect_topology(Duration timeout);

 private:
  struct Parts;
  explicit Node(std::unique_ptr<Parts> parts) noexcept;
  std::unique_ptr<Parts> parts_;
};

}  // namespace exocast
