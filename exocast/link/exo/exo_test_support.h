// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the tests of this folder share: a node with a scripted handler on loopback, peers that misbehave, raw gRPC calls.

#include <gmock/gmock.h>
#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include "exocast/gather/gather.h"
#include "exocast/link/exo/exo_client.h"
#include "exocast/link/exo/exo_server.h"

namespace exocast::testing {

using namespace std::chrono_literals;

inline Deadline in(Duration timeout) { return Deadline::after(Clock::now(), timeout); }

inline Message tokens(std::string_view id, std::vector<std::int32_t> tokens = {1, 2, 3}, bool finished = false) {
  return *Message::token_result(id, tokens, finished);
}
inline Message status(std::string_view json) { return *Message::opaque_status("", json); }

/// Keeps what it accepts. What it does with a message is in its request id: "hang" (until stopped), "ignore" (hang, and
/// ignore being stopped), "refuse", "throw", "slow" (50 ms), anything else is accepted at once.
class ScriptedHandler final : public ExoHandler {
 public:
  task<std::expected<void, LinkError>> accept(Message message) override;
  Topology topology() override { return known; }
  bool healthy() override { return is_healthy; }

  std::vector<Message> accepted;
  std::size_t stopped = 0;
  Event ignoring;  // set to let go of "ignore"
  Topology known;
  bool is_healthy = true;
};

/// A server on a free port, or on `port`; a client and a link to it, all on one loop.
struct TestNode {
  explicit TestNode(ExoServerOptions server_options = {}, ExoClientOptions client_options = {});

  template <class T>
  OutcomeOf<T> run(task<T> work) {
    return loop.run(std::move(work));
  }
  /// The outcome of one delivery, as text: "ok", or "CODE: text".
  std::string deliver(Message message, Duration timeout = 10s) { return deliver(*link, std::move(message), timeout); }
  std::string deliver(ExoLink& to, Message message, Duration timeout = 10s);

  AsioLoop loop;
  ScriptedHandler handler;
  std::unique_ptr<ExoServer> server;
  std::unique_ptr<ExoClient> client;
  std::unique_ptr<ExoLink> link;
};

std::unique_ptr<ExoServer> serve(AsioLoop& loop, ExoHandler& handler, std::uint16_t port = 0, ExoServerOptions options = {});

/// A port on which nobody listens.
std::uint16_t free_port();

/// Accepts TCP connections and answers each with `says`, once; "" says nothing. Never closes them.
class RawPeer {
 public:
  explicit RawPeer(std::string says);
  ~RawPeer();
  PeerAddress address() const;

 private:
  void accept();
  std::string says_;
  boost::asio::io_context context_{1};
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<boost::asio::ip::tcp::socket> connections_;
  std::thread thread_;
};

/// A unary call of any method with any bytes, by gRPC alone; `cancel_after` cuts it off.
grpc::Status raw_call(const PeerAddress& to, const std::string& method, const std::string& request,
                      std::string* reply = nullptr);

/// Waits until `holds`, looking every millisecond inside the loop. False after 10 s.
bool eventually(AsioLoop& loop, const std::function<bool()>& holds);

}  // namespace exocast::testing
