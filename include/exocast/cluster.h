// SPDX-License-Identifier: Apache-2.0
#pragma once
// Cluster: who is in the cluster, as this node knows it, and to whom its broadcasts go. A view to read: the node keeps
// it up to date.
//
// Threading: inside the node's loop. Lifetime: that of its node.

#include <cstdint>
#include <vector>

#include "exocast/member.h"

namespace exocast {

class Cluster {
 public:
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  /// All nodes that are known, in whatever state, without this node; sorted by id. The reference is good until control
  /// returns to the loop.
  const std::vector<Member>& members() const noexcept { return members_; }

  /// The members that a broadcast goes to; sorted by id. The reference is good until control returns to the loop.
  const std::vector<Member>& receivers() const noexcept { return receivers_; }

  /// The number of changes of receivers() so far; 0: there were no receivers yet.
  std::uint64_t epoch() const noexcept { return epoch_; }

 protected:
  Cluster() = default;
  ~Cluster() = default;

  std::vector<Member> members_;
  std::vector<Member> receivers_;
  std::uint64_t epoch_ = 0;
};

}  // namespace exocast
