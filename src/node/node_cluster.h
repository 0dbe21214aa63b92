// SPDX-License-Identifier: Apache-2.0
#pragma once
// NodeCluster: how a node takes part in its cluster: what finds the others, who of them is there, and a link to each of
// those that broadcasts are for.
//
// Threading: inside the node's loop; made and destroyed there. Lifetime: all it is given outlives it. Destroying it
// ends it without a word; leave() says goodbye first.

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exocast/broadcaster.h"
#include "exocast/cluster.h"
#include "cluster/discovery/exo_discovery.h"
#include "cluster/discovery/file_discovery.h"
#include "cluster/discovery/lan_discovery.h"
#include "cluster/exo/exo_watch.h"
#include "cluster/swim/membership.h"
#include "cluster/udp/udp_port.h"
#include "exocast/metrics.h"
#include "node/peer_links.h"

namespace exocast {

/// How a node finds the others, and when it believes that they are there.
struct NodeClusterOptions {
  /// Announces this node on its networks, and hears the others. Nothing: it does not.
  std::optional<LanDiscoveryOptions> lan = LanDiscoveryOptions();
  /// A peers file, as exo has them; read again when it changes. "": none.
  std::string peers_file = {};
  /// Hears exo's nodes. Nothing: it does not.
  std::optional<ExoDiscoveryOptions> exo = std::nullopt;
  /// What the nodes of the cluster sign their datagrams with; nothing: they do not.
  std::optional<ClusterKey> key = std::nullopt;

  MembershipOptions membership = MembershipOptions::lan();
  ExoWatchOptions watch = {};
  ClusterOptions cluster = {};

  /// Told in one printable line what a user should know: a peers file that cannot be read any more, another node with
  /// the same id. Null: nobody is told.
  std::function<void(std::string_view)> on_trouble = nullptr;
};

class NodeCluster {
 public:
  /// Takes part as `self`, which serves at the address of `port`, too. Keeps the roster of `broadcaster`, and counts in
  /// `metrics`, which may be null. The error is one printable line: a port that is in use, a peers file that cannot be
  /// read.
  static std::expected<std::unique_ptr<NodeCluster>, std::string> start(Poller& poller, std::unique_ptr<UdpPort> port,
                                                                        PeerLinks& links, Broadcaster& broadcaster,
                                                                        Metrics* metrics, const Member& self,
                                                                        const NodeClusterOptions& options);
  ~NodeCluster();

  const Cluster& cluster() const noexcept { return *cluster_; }

  /// A member has answered a message.
  void heard_from(const std::string& id) noexcept { membership_->heard_from(id); }

  /// To the member `id`; null if broadcasts are not for it.
  const PeerLink* link_to(const std::string& id) const;

  /// Says goodbye to all; done by `deadline`.
  task<void> leave(Deadline deadline) { return membership_->leave(deadline); }

 private:
  struct Linked {
    PeerAddress address;
    PeerLink link;
    std::vector<Metrics::Registration> series = {};
  };

  NodeCluster(std::unique_ptr<UdpPort> port, PeerLinks& links, Broadcaster& broadcaster, Metrics* metrics) noexcept;
  std::optional<std::string> discover(Poller& poller, const Member& self, const NodeClusterOptions& options);
  void count(Metrics& metrics);
  Linked kept_or_made(const Member& member);  // taken out of linked_, if it is there
  void follow_receivers();

  std::unique_ptr<UdpPort> port_;
  PeerLinks& links_;
  Broadcaster& broadcaster_;
  Metrics* metrics_;
  std::map<std::string, Linked> linked_;  // by id, of the receivers
  std::unique_ptr<Membership> membership_;
  std::unique_ptr<ExoWatch> watch_;
  std::unique_ptr<Cluster> cluster_;
  std::unique_ptr<LanDiscovery> lan_;
  std::unique_ptr<FileDiscovery> file_;
  std::unique_ptr<ExoDiscovery> exo_;
  std::vector<Metrics::Registration> series_;
};

}  // namespace exocast
