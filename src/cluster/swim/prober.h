// SPDX-License-Identifier: Apache-2.0
#pragma once
// Prober: SWIM's failure detector. It probes members directly and then through helpers, relays probes for other
// members, and identifies the nodes at the addresses of candidates.
//
//   prober.probe_members();                                   // once a period
//   if (auto answer = prober.receive_ack(ack)) …              // a node has identified itself
//   while (auto failure = prober.take_failure()) …            // a member is silent; when next() is due
//
// Threading: one thread. Lifetime: everything it refers to outlives it.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "base/random.h"
#include "cluster/swim/alarm.h"
#include "cluster/swim/awareness.h"
#include "cluster/swim/gossip.h"
#include "cluster/swim/member_table.h"
#include "cluster/swim/membership_metrics.h"
#include "cluster/udp/address_hash.h"
#include "exocast/cluster_options.h"

namespace exocast::swim {

/// A ping that waits for an ack.
struct Probe {
  enum class Purpose : std::uint8_t {
    detect,     ///< is a member alive? Without an ack it becomes suspect
    identify,   ///< which node is at an address? Without an ack nothing happens
    challenge,  ///< does a member still answer, whose id another node claims? Without an ack the claimant is admitted
    relay,      ///< does a member answer this node? On behalf of another member, which got no ack
  };
  Purpose purpose = Purpose::identify;
  PeerAddress to = {};
  std::string id = {};        ///< who is to answer; identify: as announced, or ""
  std::uint64_t session = 0;  ///< of `id`; identify: 0
  TimePoint begun{};
  TimePoint next{};                                     ///< when the ping is repeated, or has failed
  std::size_t sent = 0;                                 ///< pings
  std::size_t most = 1;                                 ///< identify, challenge: pings at most
  std::string source = {};                              ///< identify, challenge: what announced it
  std::size_t helpers = 0;                              ///< detect: members that probe indirectly
  bool nacked = false;                                  ///< detect: a helper had no ack either
  Update claimant = {};                                 ///< challenge
  std::optional<DeviceCapabilities> capabilities = {};  ///< challenge: of the claimant
  PeerAddress requester = {};                           ///< relay: gets the ack or the nack
  std::uint64_t requester_number = 0;                   ///< relay: of the requester's own probe
};

class Prober {
 public:
  /// Pings to a candidate, and to the owner of an id that another node claims, before it counts as silent.
  static constexpr std::size_t identify_pings = 3;
  /// Addresses that are pinged at a time: 32 acks with updates fit into the smallest usual receive buffer.
  static constexpr std::size_t identify_max = 32;
  /// Probes at a time on behalf of other members; more are ignored.
  static constexpr std::size_t relays_max = 64;

  Prober(Alarm& alarm, const MembershipOptions& options, Random& random, const Update& self, MemberTable& table,
         Gossip& gossip, Awareness& awareness, MembershipMetrics& metrics)
      : alarm_(alarm),
        options_(options),
        random_(random),
        self_(self),
        table_(table),
        gossip_(gossip),
        awareness_(awareness),
        metrics_(metrics) {}

  /// Probes the next two members on the ring and a random one, and now and then one that is gone.
  void probe_members();

  /// Pings the node at `address`, up to `pings` times, to learn who it is. Queued if many are being identified; nothing
  /// if this one is already. `id`: as announced, or "".
  void identify(const PeerAddress& address, std::string_view id, std::string_view source, std::size_t pings);
  /// The same for a member whose state is in doubt, with one ping, at most twice a second.
  void identify_again(MemberRecord& record, const PeerAddress& address);
  /// Pings `owner`, whose id `claimant` has, too, up to three times. Nothing if it is challenged already.
  void challenge(const MemberRecord& owner, const Update& claimant,
                 const std::optional<DeviceCapabilities>& capabilities, const std::string& source);
  /// Pings the member that the PING_REQUEST of `requester` names, and sends `requester` an ack or a nack.
  void relay(const MemberRecord& requester, const Datagram& request);

  /// The node that answers at a probed address, and the probe that it answers: to identify it, or to challenge it.
  struct Answer {
    Update who;
    Probe probe;
  };
  /// Nothing if the ack is late, or only says that a member is alive. An ack of another node than the one that was
  /// probed identifies that node, and the probe goes on.
  std::optional<Answer> receive_ack(const Datagram& ack);
  void receive_nack(std::uint64_t number) noexcept;

  /// A member that did not answer: a live one that was probed, or one that was challenged.
  struct Failure {
    MemberRecord& record;
    Probe probe;
  };
  /// Continues the probes that are due, until one has failed. To be called until it returns nothing.
  std::optional<Failure> take_failure();
  /// When a probe is due; TimePoint::max(): none is under way.
  TimePoint next() const noexcept;

  /// Pings the next addresses that are queued, if there is room. To be called after receive_ack().
  void identify_waiting();

 private:
  void probe_gone();
  void start(Probe probe);
  void send_ping(std::uint64_t number, Probe& probe);
  bool send_again(std::uint64_t number, Probe& probe);
  void probe_indirectly(std::uint64_t number, Probe& probe);
  void succeeded(const Probe& probe, bool directly);
  bool has_failed(const MemberRecord* record, const Probe& probe);
  Probe take(std::uint64_t number);
  bool is_under_way(Probe::Purpose purpose, const std::string& id) const noexcept;

  Alarm& alarm_;
  const MembershipOptions& options_;
  Random& random_;
  const Update& self_;
  MemberTable& table_;
  Gossip& gossip_;
  Awareness& awareness_;
  MembershipMetrics& metrics_;
  std::map<std::uint64_t, Probe> pending_;                  // by the number of its ping
  std::deque<Probe> queue_;                                 // to identify
  std::unordered_set<PeerAddress, AddressHash> addresses_;  // queued, or being identified
  TimePoint next_gone_{};
};

}  // namespace exocast::swim
