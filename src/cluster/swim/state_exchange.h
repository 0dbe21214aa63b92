// SPDX-License-Identifier: Apache-2.0
#pragma once
// StateExchange: requests the whole member table of another member, part by part.
//
// One exchange runs at a time, at most one begins every 200 ms, and up to 8 wait. A mutual exchange asks the other
// member to request this node's table as well.
// Threading: one thread. Lifetime: everything it refers to outlives it.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "base/random.h"
#include "cluster/swim/awareness.h"
#include "cluster/swim/gossip.h"
#include "cluster/swim/member_table.h"
#include "cluster/swim/membership_metrics.h"
#include "exocast/gather/scheduler.h"

namespace exocast::swim {

class StateExchange {
 public:
  StateExchange(const Scheduler& scheduler, Random& random, Gossip& gossip, const Awareness& awareness,
                const MemberTable& table, MembershipMetrics& metrics)
      : scheduler_(scheduler),
        random_(random),
        gossip_(gossip),
        awareness_(awareness),
        table_(table),
        metrics_(metrics) {}

  /// Starts an exchange with `with`, or queues it. If 8 are queued, the oldest of them is dropped.
  void start(const MemberRecord& with, bool mutual);
  /// Starts an exchange with a random live member, if there is one.
  void start_with_random();
  /// Starts the first queued exchange, unless one is running. Drops it if its member is no longer live.
  void start_queued();
  /// Handles one part of the table. Ignores a part that does not belong to the running exchange.
  void receive(const Datagram& part);
  /// Repeats the last request if no part has come in time; gives up after 8 requests.
  void retry_if_due();
  /// When retry_if_due() has something to do; TimePoint::max() without a running exchange.
  TimePoint next() const noexcept { return with_.empty() ? TimePoint::max() : next_; }

 private:
  void request();
  void stop() noexcept { with_.clear(); }
  std::uint64_t draw_number();

  const Scheduler& scheduler_;
  Random& random_;
  Gossip& gossip_;
  const Awareness& awareness_;
  const MemberTable& table_;
  MembershipMetrics& metrics_;
  std::string with_;   // id of the other member; "" without a running exchange
  std::string after_;  // id of the last member of the last part
  std::uint64_t number_ = 0;
  std::size_t tries_ = 0;
  bool mutual_ = false;
  TimePoint next_{};
  TimePoint started_{};
  std::deque<std::pair<std::string, bool>> queue_;  // id of the other member, and whether it is mutual
};

}  // namespace exocast::swim
