// SPDX-License-Identifier: Apache-2.0
#pragma once
// ExoServer: serves exo's NodeService (gRPC over HTTP/2) with a handler. exo nodes and exocast nodes deliver to it.
//
// SendResult, SendOpaqueStatus, HealthCheck, CollectTopology and exocast's own questions reach the handler.
// SendPrompt, SendTensor and SendExample answer UNIMPLEMENTED without reading the request. One thread waits on gRPC's
// completion queue and enters the loop with each completion. Threading: the handler is called inside the loop. Start
// and destroy a server outside of it. Lifetime: loop and handler outlive the server. Destroying it refuses new calls,
// stops the handler's tasks, waits for them up to ExoServerOptions::drain_timeout, and abandons the rest.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "exocast/asio_loop.h"
#include "exocast/ids.h"
#include "exocast/link_options.h"
#include "link/exo/topology.h"
#include "link/message_handler.h"

namespace exocast {

/// Handles the calls that a node receives. Must not throw. accept() and answer() are stopped at the sender's deadline,
/// and after ExoServerOptions::accept_timeout.
class ExoHandler : public MessageHandler {
 public:
  /// The answer to CollectTopology.
  virtual Topology topology() = 0;

  /// The answer to HealthCheck.
  virtual bool healthy() = 0;

  /// The answer to a question, UTF-8 of at most Question::answer_bytes_max; or an error, NOT_FOUND for an unknown
  /// question. By default, as at exo's nodes, every question is UNIMPLEMENTED.
  virtual task<std::expected<std::string, Status>> answer(Question question);
};

class ExoServer {
 public:
  /// Listens on `listen` (port 0: any free port) and serves. The error is one printable line that names the address,
  /// such as "cannot listen on 127.0.0.1:50051: Address already in use".
  static std::expected<std::unique_ptr<ExoServer>, std::string> start(AsioLoop& loop, const PeerAddress& listen,
                                                                      ExoHandler& handler,
                                                                      ExoServerOptions options = {});
  ~ExoServer();

  /// The local address, with the chosen port.
  const PeerAddress& address() const noexcept;

  /// Calls being answered. Inside the loop.
  std::size_t calls() const noexcept;

 private:
  class Service;
  explicit ExoServer(std::unique_ptr<Service> service);
  std::unique_ptr<Service> service_;
};

}  // namespace exocast
