// SPDX-License-Identifier: Apache-2.0
#pragma once
// Roster: the receivers of a broadcast, checked once. Every receiver has exactly one outcome in every report.
//
//   auto roster = Roster::make({{.id = "n1", .address = "10.0.0.1:50051", .link = link}});
//   if (!roster) std::cerr << roster.error() << '\n';
//
// A plain value that is cheap to copy: copies share one immutable list. List and links live as long as a send that uses
// them, even one that outlives the deadline of its broadcast. Threading: the one thread of the loop of its links.

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
  std::string id;              ///< unique in the roster
  std::string address;         ///< as reports show it
  std::shared_ptr<Link> link;  ///< null: nothing is sent to it, its outcome is `skipped` with `no_link_reason`
  std::string no_link_reason;  ///< in words; "": "there is no link to this peer"
};

/// The receivers, in the order of the reports.
class Roster {
 public:
  /// No receivers.
  Roster() : destinations_(std::make_shared<const std::vector<Destination>>()) {}

  /// A roster of `destinations`, in the order of the reports. `epoch` distinguishes the rosters of a changing cluster,
  /// and reports name it; 0: a fixed list. The error is one printable line: an id that occurs twice, or is not a valid
  /// peer id.
  static std::expected<Roster, std::string> make(std::vector<Destination> destinations, std::uint64_t epoch = 0);

  std::uint64_t epoch() const noexcept { return epoch_; }  ///< as given to make()

  std::size_t size() const noexcept { return destinations_->size(); }  ///< number of receivers
  bool empty() const noexcept { return destinations_->empty(); }       ///< true without receivers
  /// The receiver at `index`, 0 to size() - 1, which is not checked. Valid as long as any copy of the roster.
  const Destination& operator[](std::size_t index) const noexcept { return (*destinations_)[index]; }
  auto begin() const noexcept { return destinations_->begin(); }  ///< the first receiver
  auto end() const noexcept { return destinations_->end(); }      ///< past the last receiver

 private:
  Roster(std::vector<Destination> destinations, std::uint64_t epoch)
      : destinations_(std::make_shared<const std::vector<Destination>>(std::move(destinations))), epoch_(epoch) {}

  std::shared_ptr<const std::vector<Destination>> destinations_;
  std::uint64_t epoch_ = 0;
};

}  // namespace exocast
