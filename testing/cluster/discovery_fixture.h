// SPDX-License-Identifier: Apache-2.0
#pragma once
// Shared by the tests of discoveries: a sink that records candidates, and a free port.

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include "cluster/udp/candidate.h"
#include "exocast/member.h"

namespace exocast {

class FoundCandidates final : public CandidateSink {
 public:
  void found(const Candidate& candidate) noexcept override { all.push_back(candidate); }
  void withdrawn(const Candidate& candidate) noexcept override { gone.push_back(candidate); }

  std::set<std::string> ids() const {
    std::set<std::string> ids;
    for (const Candidate& one : all) ids.insert(one.id);
    return ids;
  }
  std::size_t count(std::string_view id) const {
    return static_cast<std::size_t>(std::ranges::count(all, id, &Candidate::id));
  }
  /// The last candidate with this id; an empty one if there is none.
  Candidate last(std::string_view id) const {
    for (auto one = all.rbegin(); one != all.rend(); ++one) {
      if (one->id == id) return *one;
    }
    return {};
  }

  std::vector<Candidate> all;
  std::vector<Candidate> gone;
};

/// A UDP port that is free now.
inline std::uint16_t free_udp_port() {
  boost::asio::io_context context;
  return boost::asio::ip::udp::socket(context, {boost::asio::ip::udp::v4(), 0}).local_endpoint().port();
}

}  // namespace exocast
