// SPDX-License-Identifier: Apache-2.0
#pragma once
// NodeCluster: a node's part in its cluster: it finds the other nodes, watches their state, and keeps a link to each
// receiver of broadcasts.
//
// Threading: inside the node's loop; made and destroyed there. Lifetime: all arguments outlive it. Destroying it sends
// no goodbye; call leave() before.

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cluster/cluster_directory.h"
#include "cluster/discovery/exo_discovery.h"
#include "cluster/discovery/file_discovery.h"
#include "cluster/discovery/lan_discovery.h"
#include "cluster/exo/exo_watch.h"
#include "cluster/swim/membership.h"
#include "cluster/udp/udp_port.h"
#include "exocast/broadcaster.h"
#include "exocast/cluster_options.h"
#include "exocast/metrics.h"
#include "node/peer_links.h"

namespace exocast {

class NodeCluster {
 public:
  /// Joins as `self`, which also serves at the address of `port`. Keeps the roster of `broadcaster` up to date, and
  /// counts in `metrics`, which may be null. The error is one printable line: a port is in use, or the peers file
  /// cannot be read.
  static std::expected<std::unique_ptr<NodeCluster>, std::string> start(Poller& poller, std::unique_ptr<UdpPort> port,
                                                                        PeerLinks& links, Broadcaster& broadcaster,
                                                                        Metrics* metrics, const Member& self,
                                                                        const ClusterOptions& options);
  ~NodeCluster();

  const Cluster& cluster() const noexcept { return *cluster_; }

  /// A member has answered a message.
  void heard_from(const std::string& id) noexcept { membership_->heard_from(id); }

  /// The link to the member `id`; null if it is not a receiver of broadcasts.
  const PeerLink* link_to(const std::string& id) const;

  /// Sends goodbyes to all members; ends by `deadline`.
  task<void> leave(Deadline deadline) { return membership_->leave(deadline); }

 private:
  struct Receiver {
    PeerAddress address;
    PeerLink link;
    std::vector<Metrics::Registration> series = {};
  };

  NodeCluster(std::unique_ptr<UdpPort> port, PeerLinks& links, Broadcaster& broadcaster, Metrics* metrics) noexcept;
  std::optional<std::string> discover(Poller& poller, const Member& self, const ClusterOptions& options);
  void count(Metrics& metrics);
  Receiver keep_or_make(const Member& member);  // takes it out of receivers_, if it is there
  void follow_receivers();

  std::unique_ptr<UdpPort> port_;
  PeerLinks& links_;
  Broadcaster& broadcaster_;
  Metrics* metrics_;
  std::map<std::string, Receiver> receivers_;  // by id
  std::unique_ptr<Membership> membership_;
  std::unique_ptr<ExoWatch> watch_;
  std::unique_ptr<ClusterDirectory> cluster_;
  std::unique_ptr<LanDiscovery> lan_;
  std::unique_ptr<FileDiscovery> file_;
  std::unique_ptr<ExoDiscovery> exo_;
  std::vector<Metrics::Registration> series_;
};

}  // namespace exocast
