// SPDX-License-Identifier: Apache-2.0
#include "node/node_cluster.h"

#include <iterator>
#include <utility>

#include <fmt/format.h>

#include "base/random.h"
#include "base/text.h"
#include "cluster/cluster_metrics.h"
#include "cluster/swim/membership_metrics.h"
#include "node/node_metrics.h"

namespace exocast {

NodeCluster::NodeCluster(std::unique_ptr<UdpPort> port, PeerLinks& links, Broadcaster& broadcaster,
                         Metrics* metrics) noexcept
    : port_(std::move(port)), links_(links), broadcaster_(broadcaster), metrics_(metrics) {}

std::expected<std::unique_ptr<NodeCluster>, std::string> NodeCluster::start(Poller& poller,
                                                                            std::unique_ptr<UdpPort> port,
                                                                            PeerLinks& links, Broadcaster& broadcaster,
                                                                            Metrics* metrics, const Member& self,
                                                                            const ClusterOptions& options) {
  std::unique_ptr<NodeCluster> made(new NodeCluster(std::move(port), links, broadcaster, metrics));
  Scheduler& scheduler = poller.loop();
  made->membership_ = std::make_unique<Membership>(scheduler, *made->port_, self, options.membership, random_seed());
  const auto exo_link = [&links](const PeerAddress& address) { return links.to(address).exo; };
  made->watch_ = std::make_unique<ExoWatch>(scheduler, exo_link, options.watch, random_seed());
  made->cluster_ =
      std::make_unique<ClusterDirectory>(scheduler, *made->membership_, *made->watch_, options.shrink_delay);
  made->cluster_->on_receivers([cluster = made.get()] { cluster->follow_receivers(); });
  if (options.on_trouble) {
    made->membership_->on_conflict([tell = options.on_trouble, id = self.id](const PeerAddress& other) {
      tell(fmt::format("another node at {} has the id '{}': this one is not let in; give it an id of its own",
                       to_string(other), to_line(id)));
    });
  }
  if (auto fault = made->discover(poller, self, options)) return std::unexpected(*std::move(fault));
  if (metrics != nullptr) made->count(*metrics);
  return made;
}

NodeCluster::~NodeCluster() = default;

std::optional<std::string> NodeCluster::discover(Poller& poller, const Member& self, const ClusterOptions& options) {
  const auto keep = [](auto& place, auto started) -> std::optional<std::string> {
    if (!started) return std::move(started.error());
    place = *std::move(started);
    return std::nullopt;
  };
  std::optional<std::string> fault;
  if (options.lan) {
    LanDiscoveryOptions lan = *options.lan;
    lan.key = options.key;
    fault = keep(lan_, LanDiscovery::start(poller, self, *cluster_, std::move(lan)));
  }
  if (!fault && !options.peers_file.empty()) {
    fault =
        keep(file_, FileDiscovery::start(poller.loop(), options.peers_file, self.id, *cluster_, options.on_trouble));
  }
  if (!fault && options.exo) fault = keep(exo_, ExoDiscovery::start(poller, self, *cluster_, *options.exo));
  return fault;
}

void NodeCluster::count(Metrics& metrics) {
  const auto add = [&](const auto* part) {
    if (part == nullptr) return;
    auto more = register_metrics(metrics, *part);
    series_.insert(series_.end(), std::move_iterator(more.begin()), std::move_iterator(more.end()));
  };
  add(port_.get());
  add(membership_.get());
  add(watch_.get());
  add(lan_.get());
  add(file_.get());
  add(exo_.get());
}

const PeerLink* NodeCluster::link_to(const std::string& id) const {
  const auto at = receivers_.find(id);
  return at == receivers_.end() ? nullptr : &at->second.link;
}

/// A member whose address is unchanged keeps its link, and with it its place in every queue.
NodeCluster::Receiver NodeCluster::keep_or_make(const Member& member) {
  const auto at = receivers_.find(member.id);
  if (at != receivers_.end() && at->second.address == member.address) return std::move(at->second);
  Receiver made{.address = member.address, .link = links_.to(member.address), .series = {}};
  if (metrics_ != nullptr && made.link.negotiated != nullptr) {
    receivers_.erase(member.id);  // and with it the series of the same names
    made.series = register_metrics(*metrics_, member.id, *made.link.negotiated);
  }
  return made;
}

void NodeCluster::follow_receivers() {
  std::map<std::string, Receiver> receivers;
  std::vector<Destination> destinations;
  for (const Member& member : cluster_->receivers()) {
    const Receiver& now = receivers.emplace(member.id, keep_or_make(member)).first->second;
    destinations.push_back({member.id, to_string(member.address), now.link.link(), ""});
  }
  receivers_ = std::move(receivers);
  auto roster = Roster::make(std::move(destinations), cluster_->epoch());
  if (roster) broadcaster_.set_roster(*std::move(roster));  // members have valid, unique ids
}

}  // namespace exocast
