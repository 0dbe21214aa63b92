// SPDX-License-Identifier: Apache-2.0
#pragma once
// Roster: the receivers of a broadcast, checked once. Who is in it gets exactly one outcome in every report.
//
// A plain value that is cheap to copy: copies share one immutable list, so the list lives as long as anything that
// still sends to it. Links are shared for the same reason: a delivery that outlives its broadcast's deadline still uses
// its link. Threading: as its links: the one thread of their loop.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "exocast/link.h"

namespace exocast {

/// One receiver.
struct Destination {
  std::string id;              ///< unique in its roster
  std::string address;         ///< as reports show it
  std::shared_ptr<Link> link;  ///< null: nothing is sent to it, its outcome is `skipped` with `no_link_reason`
  std::string no_link_reason;  ///< for people; "" stands for "there is no link to this peer"
};

class Roster {
 public:
  /// Nobody.
  Roster() : destinations_(std::make_shared<const std::vector<Destination>>()) {}

  /// `destinations` in the order of the reports to come. `epoch` tells one roster of a changing cluster from the next,
  /// and reports name it; 0: of a list that is fixed. Fails with one printable line on an id that occurs twice or
  /// cannot name a peer.
  static std::expected<Roster, std::string> make(std::vector<Destination> destinations, std::uint64_t epoch = 0);

  std::uint64_t epoch() const noexcept { return epoch_; }

  std::size_t size() const noexcept { return destinations_->size(); }
  bool empty() const noexcept { return destinations_->empty(); }
  const Destination& operator[](std::size_t index) const noexcept { return (*destinations_)[index]; }
  auto begin() const noexcept { return destinations_->begin(); }
  auto end() const noexcept { return destinations_->end(); }

 private:
  Roster(std::vector<Destination> destinations, std::uint64_t epoch)
      : destinations_(std::make_shared<const std::vector<Destination>>(std::move(destinations))), epoch_(epoch) {}

  std::shared_ptr<const std::vector<Destination>> destinations_;
  std::uint64_t epoch_ = 0;
};

}  // namespace exocast
