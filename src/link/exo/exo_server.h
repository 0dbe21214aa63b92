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
#include "exocast/link_options.h"
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
