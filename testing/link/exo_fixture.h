// SPDX-License-Identifier: Apache-2.0
#pragma once
// Shared by the tests of this folder: a node with a scripted handler on loopback, faulty peers, raw gRPC calls.

#include <atomic>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <grpcpp/support/status.h>
#include <gtest/gtest.h>

#include "exocast/gather/gather.h"
#include "link/exo/exo_client.h"
#include "link/exo/exo_server.h"

namespace exocast::testing {

using namespace std::chrono_literals;

inline Deadline in(Duration timeout) { return Deadline::after(Clock::now(), timeout); }

inline Message tokens(std::string_view id, std::vector<std::int32_t> tokens = {1, 2, 3}, bool finished = false) {
  return *Message::token_result(id, tokens, finished);
}
inline Message status(std::string_view json) { return *Message::opaque_status("", json); }

/// Records what it accepts. A message's request id chooses its behaviour: "hang" (until stopped), "ignore" (hang and
/// ignore stops), "refuse", "throw", "slow" (50 ms); any other message is accepted at once.
class ScriptedHandler final : public ExoHandler {
 public:
  task<std::expected<void, Status>> accept(Message message) override;
  Topology topology() override { return known; }
  bool healthy() override { return is_healthy; }
  /// The name chooses the behaviour, as the request id does, and: "unknown", "largest", "large" (an answer over the
  /// limit), "bytes" (invalid UTF-8). Any other question is answered "name(argument)".
  task<std::expected<std::string, Status>> answer(Question question) override;

  std::vector<Message> accepted;
  std::size_t stopped = 0;
  Topology known;
  bool is_healthy = true;
  bool knows_no_questions = false;  // as exo's nodes

 private:
  task<void> play(std::string id);
};

/// A server on a free port, or on `port`; a client and a link to it, all on one loop.
struct TestNode {
  explicit TestNode(ExoServerOptions server_options = {}, ExoClientOptions client_options = {});

  /// The answer to one question, or "CODE: text".
  std::string ask(const std::string& name, const std::string& argument = "", Duration timeout = 10s);

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

/// Deliveries and questions that no task awaits. Those in progress are abandoned with it.
class Background {
 public:
  explicit Background(TestNode& node) : node_(node), scope_(std::make_unique<Scope>(node.loop)) {}
  ~Background() { end(); }

  void deliver(const Message& message, std::size_t count = 1);
  void ask(const std::string& name, std::size_t count = 1);
  void request_stop();
  void end();
  std::size_t live() const { return scope_->live(); }

  std::vector<std::string> errors;  // of failed ones, as TestNode::deliver returns them

 private:
  TestNode& node_;
  std::unique_ptr<Scope> scope_;
};

std::unique_ptr<ExoServer> serve(AsioLoop& loop, ExoHandler& handler, std::uint16_t port = 0,
                                 ExoServerOptions options = {});

/// A port without a listener that no other process can take; a server of the test may listen on it.
class HeldPort {
 public:
  HeldPort();
  PeerAddress address() const { return {.host = "127.0.0.1", .port = acceptor_.local_endpoint().port()}; }

 private:
  boost::asio::io_context context_;
  boost::asio::ip::tcp::acceptor acceptor_;  // bound, but not listening
};

/// Accepts TCP connections and sends `says` once on each ("": nothing). Never closes them.
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

/// A unary call of any method with any bytes, without exocast's client.
grpc::Status raw_call(const PeerAddress& to, const std::string& method, const std::string& request);

/// Waits until `holds`, checked every millisecond inside the loop. False after 10 s.
bool eventually(AsioLoop& loop, const std::function<bool()>& holds);

}  // namespace exocast::testing
