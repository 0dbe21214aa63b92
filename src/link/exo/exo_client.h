// SPDX-License-Identifier: Apache-2.0
#pragma once
// ExoClient and ExoLink: deliver messages to nodes that serve exo's NodeService (gRPC over HTTP/2), including exo's
// own.
//
// The links of a node share one client: a gRPC completion queue and the thread that waits on it. That thread enters
// the loop with each completion, so a delivery continues without a hop to another thread.
// Threading: call link() and use links only inside the loop. Make and destroy a client outside of it. Lifetime: the
// loop outlives the client. Links may outlive it; then they answer UNAVAILABLE. Destroying a client cancels all calls
// and returns when they have ended, which gRPC does at once.

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

/// A node's answer to HealthCheck.
struct Health {
  bool healthy = false;
  /// The port for native links on the same host; exo's nodes have none. It is sent as metadata of the answer, which
  /// exo ignores.
  std::optional<std::uint16_t> native_port = std::nullopt;
};

/// One connection to one node. It connects at its first use; ExoClientOptions says how it reconnects. Nothing is sent
/// twice: an interrupted delivery fails, as the peer may have received it. All calls end soon after their deadline
/// with DEADLINE_EXCEEDED, and can be stopped like deliver(). ask() calls exocast's own NodeQuestions. exo's nodes do
/// not have that service: for them "health" uses HealthCheck, and any other question is UNIMPLEMENTED.
class ExoLink : public Link {
 public:
  /// A batch is tokens of one request, and travels as one SendResult. If it failed before there was a connection, its
  /// messages are resendable.
  LinkTraits traits() const noexcept override {
    return {.ordered = false,
            .merges = true,
            .without_gaps = true,
            .batch_messages_max = 4096,
            .batch_bytes_max = std::size_t{1} << 20};
  }

  /// Calls HealthCheck (exo waits 5 s): the node's health and its native port.
  virtual task<std::expected<Health, Status>> health(Deadline deadline) = 0;

  /// Calls CollectTopology (exo waits 5 s): the node's view of the cluster.
  virtual task<std::expected<Topology, Status>> collect_topology(Deadline deadline) = 0;
};

class ExoClient {
 public:
  /// Starts the thread; throws std::system_error if the system refuses one.
  explicit ExoClient(AsioLoop& loop, ExoClientOptions options = {});
  ~ExoClient();

  /// A link to the node at `address`. Uses no network yet; if the host does not resolve, the deliveries fail.
  std::unique_ptr<ExoLink> link(const PeerAddress& address);

  /// Calls under way, including abandoned ones. Inside the loop.
  std::size_t calls() const noexcept;

 private:
  std::shared_ptr<ClientCalls> calls_;
};

}  // namespace exocast
