// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tests of discoveries share: a sink that keeps what it is told, and a port.

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
  /// What was told of it last; an empty one if nothing was.
  Candidate last(std::string_view id) const {
    for (auto one = all.rbegin(); one != all.rend(); ++one) {
      if (one->id == id) return *one;
    }
    return {};
  }

  std::vector<Candidate> all;
  std::vector<Candidate> gone;
};

/// A UDP port that nobody uses now.
inline std::uint16_t free_udp_port() {
  boost::asio::io_context context;
  return boost::asio::ip::udp::socket(context, {boost::asio::ip::udp::v4(), 0}).local_endpoint().port();
}

}  // namespace exocast
