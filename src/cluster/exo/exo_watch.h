// SPDX-License-Identifier: Apache-2.0
#pragma once
// ExoWatch: which of exo's nodes are there, found out by asking each of them whether it is healthy (HealthCheck).
//
// All are asked at once, again and again; a node that does not answer delays nothing for the others, and is asked on. A
// candidate becomes a member when it has answered. A member's address is not replaced because somebody says so: while
// it is healthy or suspect, other addresses told for its id are ignored; once it is gone, the first that answers is it.
// exo's nodes do not say who they are, so for an id that is not there whoever answers first is believed.
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
  std::uint64_t checks_total = 0;             ///< questions
  std::uint64_t failed_checks_total = 0;      ///< without a healthy answer in time
  std::uint64_t refused_addresses_total = 0;  ///< told for the id of a member that is there
  std::uint64_t no_room_total = 0;            ///< candidates beyond nodes_max, or the addresses of one id
  std::size_t nodes = 0;                      ///< candidates and members, now
};

class ExoWatch {
 public:
  /// Addresses that are tried for one id at a time; more are not asked.
  static constexpr std::size_t addresses_max = 4;

  /// Makes a link to a node; it touches no network before it is used.
  using LinkTo = std::function<std::shared_ptr<ExoLink>(const PeerAddress& address)>;

  /// Asks from now on, until it is destroyed.
  ExoWatch(Scheduler& scheduler, LinkTo link_to, const ExoWatchOptions& options, std::uint64_t seed);
  ~ExoWatch();

  /// Asks `candidate` at once if it is new; cheap for one that is known. One without an id is named by its address.
  void join(const Candidate& candidate);

  /// Asks it no more, and forgets it.
  void withdraw(const Candidate& candidate);

  /// All that have answered, as members of kind exo, by id: also those that are gone, for a while.
  std::vector<Member> members() const;

  /// Called after every change of who is a member, or how it stands. One, or null; set before anything is joined.
  /// Inside, all but destroying this may be done.
  void on_change(std::function<void()> changed);

  ExoWatchMetrics metrics() const noexcept;

 private:
  class Watching;
  std::unique_ptr<Watching> watching_;
};

}  // namespace exocast
