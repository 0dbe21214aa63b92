// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cluster: the members of a cluster as one node knows them, and the receivers of that node's broadcasts. Read-only: the
// node updates it.
//
//   if (const Cluster* cluster = node.cluster()) print("{} members", cluster->members().size());
//
// Threading: inside the node's loop. Lifetime: that of its node.

#include <cstdint>
#include <vector>

#include "exocast/member.h"

namespace exocast {

/// The members and the receivers; see Node::cluster().
class Cluster {
 public:
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  /// All known nodes in any state, without this node; sorted by id. The reference is valid until control returns to the
  /// loop.
  const std::vector<Member>& members() const noexcept { return members_; }

  /// The members that receive broadcasts; sorted by id. The reference is valid until control returns to the loop.
  const std::vector<Member>& receivers() const noexcept { return receivers_; }

  /// The number of changes of receivers() so far. 0: there have been no receivers yet.
  std::uint64_t epoch() const noexcept { return epoch_; }

 protected:
  Cluster() = default;
  ~Cluster() = default;

  std::vector<Member> members_;    ///< written by the node
  std::vector<Member> receivers_;  ///< written by the node
  std::uint64_t epoch_ = 0;        ///< written by the node
};

}  // namespace exocast
