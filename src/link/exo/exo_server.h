// SPDX-License-Identifier: Apache-2.0
#pragma once
// ExoServer: exo's NodeService (gRPC over HTTP/2), served by a handler. exo's nodes and ours deliver to it.
//
// SendResult, SendOpaqueStatus, HealthCheck, CollectTopology and exocast's own questions reach the handler; SendPrompt,
// SendTensor and SendExample answer UNIMPLEMENTED, unread. One thread waits on gRPC's completion queue and enters the
// loop with what has come. Threading: the handler is called inside the loop. Starting and destroying a server must
// happen outside of it. Lifetime: loop and handler outlive the server. Destroying it refuses new calls, stops the
// handler's tasks, waits for them for ExoServerOptions::drain_timeout at most, and leaves nothing behind; tasks that
// live on are abandoned.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "exocast/asio_loop.h"
#include "exocast/ids.h"
#include "link/exo/topology.h"
#include "link/message_handler.h"

namespace exocast {

/// What a node does with what it receives. Must not throw. accept() and answer() are stopped at the sender's deadline,
/// and after ExoServerOptions::accept_timeout.
class ExoHandler : public MessageHandler {
 public:
  /// The answer to CollectTopology.
  virtual Topology topology() = 0;

  /// The answer to HealthCheck.
  virtual bool healthy() = 0;

  /// The answer to a question, UTF-8 of Question::answer_bytes_max at most; or why there is none, NOT_FOUND for a
  /// question that is not known. By default a node knows no questions, as exo's: UNIMPLEMENTED.
  virtual task<std::expected<std::string, Status>> answer(Question question);
};

struct ExoServerOptions {
  // What exo's nodes expect.

  /// Of one message, both ways, compressed or not. exo's limit.
  std::size_t message_bytes_max = std::size_t{256} << 20;
  /// Calls at a time on one connection; a client holds back the others. exo's limit.
  int streams_per_connection_max = 100;
  /// Pings may come that often, calls or not; clients that send more are cut off. exo's come every 10 to 20 s.
  Duration ping_interval_min = std::chrono::seconds(5);
  /// A connection that is silent for so long is tried with a ping, and closed when there is no answer for as long
  /// again.
  Duration keepalive_interval = std::chrono::seconds(30);

  // What exocast's nodes look for.

  /// Where this node takes native links, told with each answer to HealthCheck. Nothing: nowhere.
  std::optional<std::uint16_t> native_port = std::nullopt;

  // What it holds at most.

  /// Messages of each kind being accepted; more wait with gRPC. And as many HealthChecks and CollectTopologies, each.
  std::size_t accepting_max = 1024;
  /// Questions being answered; more wait with gRPC.
  std::size_t answering_max = 64;
  /// Bytes of messages, and questions, being accepted; what comes above is refused with RESOURCE_EXHAUSTED. A single
  /// message always fits.
  std::size_t accepting_bytes_max = std::size_t{512} << 20;
  /// Bytes that gRPC may hold for all connections; it then slows down and cuts off.
  std::size_t receiving_bytes_max = std::size_t{1} << 30;
  /// How long accept() and answer() may take. exo's senders wait 15 s.
  Duration accept_timeout = std::chrono::seconds(15);
  /// How long destroying waits for what is under way.
  Duration drain_timeout = std::chrono::seconds(1);
};

class ExoServer {
 public:
  /// Listens on `listen` (port 0: any free one) and serves. The error is one printable line that names the address,
  /// such as "cannot listen on 127.0.0.1:50051: Address already in use".
  static std::expected<std::unique_ptr<ExoServer>, std::string> start(AsioLoop& loop, const PeerAddress& listen,
                                                                      ExoHandler& handler,
                                                                      ExoServerOptions options = {});
  ~ExoServer();

  /// Where it listens, with the port that was chosen.
  const PeerAddress& address() const noexcept;

  /// Calls being answered. Inside the loop.
  std::size_t calls() const noexcept;

 private:
  class Service;
  explicit ExoServer(std::unique_ptr<Service> service);
  std::unique_ptr<Service> service_;
};

}  // namespace exocast
