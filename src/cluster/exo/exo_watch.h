// SPDX-License-Identifier: Apache-2.0
#pragma once
// ExoWatch: watches exo's nodes by calling HealthCheck on each of them.
//
// All nodes are checked at the same time, at intervals. A node that does not answer delays no other, and is still
// checked. A candidate becomes a member when it answers. A claim never replaces a member's address: while the member
// is healthy or suspect, other addresses for its id are ignored; once it is gone, the first address that answers is
// its new one. An answer from an exo node does not contain its id, so for an id without a live member the first
// address that answers is trusted.
// Threading: the one thread of the scheduler. Lifetime: the scheduler, and what the links need, outlive it.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "cluster/udp/candidate.h"
#include "exocast/cluster_options.h"
#include "exocast/member.h"
#include "link/exo/exo_client.h"

namespace exocast {

struct ExoWatchMetrics {
  std::uint64_t checks_total = 0;             ///< health checks
  std::uint64_t failed_checks_total = 0;      ///< without a healthy answer in time
  std::uint64_t refused_addresses_total = 0;  ///< for the id of a live member
  std::uint64_t no_room_total = 0;            ///< candidates over nodes_max, or over the addresses of one id
  std::size_t nodes = 0;                      ///< candidates and members, now
};

class ExoWatch {
 public:
  /// Addresses tried for one id at a time; further ones are ignored.
  static constexpr std::size_t addresses_max = 4;

  /// Makes a link to a node. The link uses no network until its first call.
  using LinkTo = std::function<std::shared_ptr<ExoLink>(const PeerAddress& address)>;

  /// Checks nodes until it is destroyed.
  ExoWatch(Scheduler& scheduler, LinkTo link_to, const ExoWatchOptions& options, std::uint64_t seed);
  ~ExoWatch();

  /// Checks a new `candidate` at once; cheap for a known one. A candidate without an id gets its address as id.
  void join(const Candidate& candidate);

  /// Stops checking it, and forgets it.
  void withdraw(const Candidate& candidate);

  /// All nodes that have answered, as members of kind exo, sorted by id. Gone ones stay listed for a while.
  std::vector<Member> members() const;

  /// Called after each change of the members or their states. One callback, or null; set it before the first join().
  /// The callback may do anything but destroy this object.
  void on_change(std::function<void()> changed);

  ExoWatchMetrics metrics() const noexcept;

 private:
  class Watching;
  std::unique_ptr<Watching> watching_;
};

}  // namespace exocast
