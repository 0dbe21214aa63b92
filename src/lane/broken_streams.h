// SPDX-License-Identifier: Apache-2.0
#pragma once
// BrokenStreams: the requests of which a peer has lost a token, on a link that cannot tell it of gaps. Their later
// tokens must not reach the peer, up to the one that finishes the request.
//
// Bounded: of more than `streams_max` requests the first one whose last token was lost is forgotten, else the one that
// broke first. Threading: one thread, no locks.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace exocast {

class BrokenStreams {
 public:
  static constexpr std::size_t streams_max = 256;

  /// The token with sequence number `number` was lost; `last`: it finishes its request.
  void lose(std::string_view request_id, std::uint64_t number, bool last) {
    const std::size_t hash = hash_of(request_id);
    const auto known = find(hash);
    if (known != streams_.end() && number < known->end) {
      known->lost = std::min(known->lost, number);
      if (last) known->end = number + 1;
      return;
    }
    if (known != streams_.end()) streams_.erase(known);  // an earlier request of that id
    if (streams_.size() == streams_max) make_room();
    streams_.push_back({.request = hash, .lost = number, .end = last ? number + 1 : UINT64_MAX});
  }

  /// For the token with `number`: the number of the first lost token of its request; UINT64_MAX if none was.
  std::uint64_t intact_until(std::string_view request_id, std::uint64_t number) const {
    const auto known = find(hash_of(request_id));
    return known != streams_.end() && number < known->end ? known->lost : UINT64_MAX;
  }

  void clear() noexcept { streams_.clear(); }
  bool empty() const noexcept { return streams_.empty(); }

 private:
  struct Stream {
    std::size_t request;             // the hash of its id
    std::uint64_t lost;              // the first lost token
    std::uint64_t end = UINT64_MAX;  // the token that finishes the request, once that was lost
  };
  void make_room() {
    const auto ended = std::ranges::find_if(streams_, [](const Stream& one) { return one.end != UINT64_MAX; });
    streams_.erase(ended != streams_.end() ? ended : streams_.begin());
  }
  static std::size_t hash_of(std::string_view request_id) { return std::hash<std::string_view>()(request_id); }
  std::vector<Stream>::iterator find(std::size_t hash) { return std::ranges::find(streams_, hash, &Stream::request); }
  std::vector<Stream>::const_iterator find(std::size_t hash) const {
    return std::ranges::find(streams_, hash, &Stream::request);
  }

  std::vector<Stream> streams_;  // in the order in which they broke
};

}  // namespace exocast
