// SPDX-License-Identifier: Apache-2.0
#pragma once
// Probes: the pings of this node that wait for an ack, and the queue of addresses that it will ping.
//
// On the wire each probe is a ping with a random number, which only its receiver can repeat. Probes differ in purpose.
// One thread, no clock.

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_set>

#include "cluster/swim/datagram.h"
#include "cluster/udp/address_hash.h"

namespace exocast::swim {

struct Probe {
  enum class Purpose : std::uint8_t {
    detect,     ///< is a member alive? Without an ack it becomes suspect
    identify,   ///< which node is at an address? Without an ack nothing happens
    challenge,  ///< is a member there, whose id another node claims? Without an answer the other one has it
    relay,      ///< is a member there, for somebody who has no answer from it?
  };
  Purpose purpose = Purpose::identify;
  PeerAddress to = {};
  std::string id = {};        ///< who is to answer; ask: whom somebody has named there, or ""
  std::uint64_t session = 0;  ///< probe, challenge: its session
  TimePoint begun{};
  TimePoint next{};                                     ///< when something is to be done about it
  std::size_t sent = 0;                                 ///< how often
  std::size_t most = 1;                                 ///< ask, challenge: how often at most
  std::string source = {};                              ///< ask, challenge: who told of it
  std::size_t helpers = 0;                              ///< probe: asked to ask
  bool nacked = false;                                  ///< probe: one of them has said that it has no answer either
  Update claimant = {};                                 ///< challenge: the other one, which has answered
  std::optional<DeviceCapabilities> capabilities = {};  ///< challenge: of the other one
  PeerAddress requester = {};                           ///< relay: whom to tell
  std::uint64_t requester_number = 0;
};

class Probes {
 public:
  /// Addresses that are pinged at a time: 32 acks with updates fit into the smallest usual receive buffer.
  static constexpr std::size_t identify_max = 32;
  static constexpr std::size_t relays_max = 64;

  /// An address to ping, once there is room.
  struct Waiting {
    PeerAddress address;
    std::string id;
    std::string source;
    std::size_t most = 1;
  };

  /// Keeps `probe` under `number`, which is not in use.
  Probe& put(std::uint64_t number, Probe probe);
  Probe* find(std::uint64_t number) noexcept;
  /// Removes a probe that has ended.
  std::optional<Probe> take(std::uint64_t number);
  /// The number of a probe that is due at `now`; 0: none is.
  std::uint64_t due(TimePoint now) const noexcept;
  /// When the next probe is due; TimePoint::max(): there is none.
  TimePoint next() const noexcept;
  bool is_probed(const std::string& id) const noexcept;
  bool is_challenged(const std::string& id) const noexcept;
  std::size_t count(Probe::Purpose purpose) const noexcept;

  /// True if `address` is queued, or being pinged.
  bool is_asked(const PeerAddress& address) const noexcept { return addresses_.contains(address); }
  /// Queues `waiting`, unless its address is queued or being pinged; false if `most` are queued.
  bool wait(Waiting waiting, std::size_t most);
  /// Takes the next address from the queue, if there is one and room. The caller then calls put().
  std::optional<Waiting> admit();

 private:
  bool is_under_way(const std::string& id, Probe::Purpose purpose) const noexcept;

  std::map<std::uint64_t, Probe> asked_;
  std::array<std::size_t, 4> counts_{};
  std::deque<Waiting> line_;
  std::unordered_set<PeerAddress, AddressHash> addresses_;  // of the line, and of asks under way
};

}  // namespace exocast::swim
