// SPDX-License-Identifier: Apache-2.0
#pragma once
// ExoClient and ExoLink: deliver messages to nodes that speak exo's NodeService (gRPC over HTTP/2), exo's own among
// them.
//
// A client is what the links of one node share: a gRPC completion queue and the thread that waits on it. What has
// completed, that thread takes into the loop by entering it, so a delivery goes on without a hop to another thread.
// Threading: links are used only inside the loop; link(), too. Making and destroying a client must happen outside of
// it. Lifetime: the loop outlives the client. Links may outlive it: they then answer UNAVAILABLE. Destroying a client
// cancels what is still under way and returns once all of it has ended, which gRPC does at once.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <vector>

#include "exocast/asio_loop.h"
#include "exocast/ids.h"
#include "exocast/link.h"
#include "exocast/link_options.h"
#include "link/exo/topology.h"

namespace exocast {

class ClientCalls;

/// What a node answers to HealthCheck.
struct Health {
  bool healthy = false;
  /// Where, on the same host, it takes native links; exo's nodes take none. It is told beside the answer, as metadata,
  /// which exo does not look at.
  std::optional<std::uint16_t> native_port = std::nullopt;
};

/// One connection to one node. It connects when it is first used; how it connects again is in ExoClientOptions. Nothing
/// is sent twice: a delivery that was cut off fails, as the peer may have had it. All calls end soon after their
/// deadline with DEADLINE_EXCEEDED, and stop like deliver(). ask() is a call of exocast's own NodeQuestions; exo's
/// nodes do not know that service: of them "health" is asked by HealthCheck, and any other question is UNIMPLEMENTED.
class ExoLink : public Link {
 public:
  /// A batch is tokens of one request, and travels as one SendResult. If that failed before there was a connection to
  /// send it on, its messages are resendable.
  LinkTraits traits() const noexcept override {
    return {.ordered = false, .merges = true, .batch_messages_max = 4096, .batch_bytes_max = std::size_t{1} << 20};
  }

  /// Asks the node whether it is healthy (HealthCheck; exo waits 5 s), and whether it takes native links.
  virtual task<std::expected<Health, Status>> health(Deadline deadline) = 0;

  /// Asks the node how it sees the cluster (CollectTopology; exo waits 5 s).
  virtual task<std::expected<Topology, Status>> collect_topology(Deadline deadline) = 0;
};

class ExoClient {
 public:
  /// Starts the thread; throws std::system_error if there can be no more.
  explicit ExoClient(AsioLoop& loop, ExoClientOptions options = {});
  ~ExoClient();

  /// A link to the node at `address`. Touches no network; a host that does not resolve fails the deliveries.
  std::unique_ptr<ExoLink> link(const PeerAddress& address);

  /// Calls under way, those included that nobody waits for any more. Inside the loop.
  std::size_t calls() const noexcept;

 private:
  std::shared_ptr<ClientCalls> calls_;
};

}  // namespace exocast
