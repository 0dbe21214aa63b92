// SPDX-License-Identifier: Apache-2.0
#include "testing/link/exo_fixture.h"

#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/security/credentials.h>

namespace exocast::testing {

using boost::asio::ip::tcp;

namespace {

/// Waits for ever, and ignores stops.
class Deaf final : public Suspension {
 public:
  template <TaskPromise Promise>
  void await_suspend(std::coroutine_handle<Promise> handle) noexcept {
    suspend(handle);
  }
  void await_resume() const noexcept {}

 private:
  void on_stop() noexcept override {}
};

std::string to_text(const Outcome<Unit, Status>& outcome) {
  if (outcome.ok()) return "ok";
  if (outcome.error() == nullptr) return std::string(to_string(outcome.reason()));
  return fmt::format("{}: {}", to_string(outcome.error()->code), outcome.error()->text);
}

}  // namespace

task<void> ScriptedHandler::play(std::string id) {
  struct NoteStop {
    std::size_t& stopped;
    bool ended = false;
    ~NoteStop() { stopped += ended ? 0 : 1; }
  } note{stopped};
  if (id == "hang") co_await until_stopped();
  if (id == "ignore") co_await Deaf();
  if (id == "slow") co_await sleep_for(50ms);
  if (id == "throw") throw std::runtime_error("a bug");
  note.ended = true;
}

task<std::expected<std::string, Status>> ScriptedHandler::answer(Question question) {
  const std::string& name = question.name();
  co_await play(name);
  if (name == "unknown") co_return std::unexpected(Status::not_found("no such question"));
  if (name == "large") co_return std::string(Question::answer_bytes_max + 1, 'x');
  if (name == "largest") co_return std::string(Question::answer_bytes_max, 'x');
  if (name == "bytes") co_return "\xff";
  if (knows_no_questions) co_return co_await ExoHandler::answer(question);
  co_return fmt::format("{}({})", name, question.argument());
}

task<std::expected<void, Status>> ScriptedHandler::accept(Message message) {
  const std::string id(message.request_id());
  co_await play(id);
  if (id == "refuse") co_return std::unexpected(Status::resource_exhausted("the inbox is full"));
  accepted.push_back(std::move(message));
  co_return {};
}

std::unique_ptr<ExoServer> serve(AsioLoop& loop, ExoHandler& handler, std::uint16_t port, ExoServerOptions options) {
  auto server = ExoServer::start(loop, {.host = "127.0.0.1", .port = port}, handler, options);
  if (!server) throw std::runtime_error(server.error());
  return *std::move(server);
}

TestNode::TestNode(ExoServerOptions server_options, ExoClientOptions client_options)
    : server(serve(loop, handler, 0, server_options)),
      client(std::make_unique<ExoClient>(loop, client_options)),
      link(client->link(server->address())) {}

std::string TestNode::ask(const std::string& name, const std::string& argument, Duration timeout) {
  const auto outcome = run(link->ask(*Question::make(name, argument), in(timeout)));
  if (outcome.ok()) return *outcome;
  return fmt::format("{}: {}", to_string(outcome.error()->code), outcome.error()->text);
}

std::string TestNode::deliver(ExoLink& to, Message message, Duration timeout) {
  return to_text(run(to.deliver(std::move(message), in(timeout))));
}

void Background::deliver(const Message& message, std::size_t count) {
  const AsioLoop::Entry inside = node_.loop.enter();
  for (std::size_t i = 0; i < count; ++i) {
    scope_->spawn(node_.link->deliver(message, Deadline::never()), [this](const auto& outcome) noexcept {
      if (!outcome.ok()) errors.push_back(to_text(outcome));
    });
  }
}

void Background::ask(const std::string& name, std::size_t count) {
  const AsioLoop::Entry inside = node_.loop.enter();
  for (std::size_t i = 0; i < count; ++i) {
    scope_->spawn(node_.link->ask(*Question::make(name), Deadline::never()), [this](const auto& outcome) noexcept {
      if (!outcome.ok() && outcome.error() != nullptr) errors.emplace_back(to_string(outcome.error()->code));
    });
  }
}

void Background::request_stop() {
  const AsioLoop::Entry inside = node_.loop.enter();
  scope_->request_stop();
}

void Background::end() {
  const AsioLoop::Entry inside = node_.loop.enter();
  scope_.reset();
}

HeldPort::HeldPort() : acceptor_(context_, tcp::v4()) {
  acceptor_.set_option(tcp::acceptor::reuse_address(true));
  acceptor_.bind({boost::asio::ip::address_v4::loopback(), 0});
}

RawPeer::RawPeer(std::string says)
    : says_(std::move(says)), acceptor_(context_, {boost::asio::ip::address_v4::loopback(), 0}) {
  accept();
  thread_ = std::thread([this] { context_.run(); });
}

RawPeer::~RawPeer() {
  context_.stop();
  thread_.join();
}

PeerAddress RawPeer::address() const { return {.host = "127.0.0.1", .port = acceptor_.local_endpoint().port()}; }

void RawPeer::accept() {
  acceptor_.async_accept([this](const boost::system::error_code& error, tcp::socket connection) {
    if (error) return;
    boost::system::error_code ignored;
    boost::asio::write(connection, boost::asio::buffer(says_), ignored);
    connections_.push_back(std::move(connection));
    accept();
  });
}

grpc::Status raw_call(const PeerAddress& to, const std::string& method, const std::string& request) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxSendMessageSize(-1);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  grpc::GenericStub stub(grpc::CreateCustomChannel(to_string(to), grpc::InsecureChannelCredentials(), arguments));
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + 20s);
  const grpc::Slice bytes(request);
  auto reader = stub.PrepareUnaryCall(&context, method, grpc::ByteBuffer(&bytes, 1), &queue);
  grpc::ByteBuffer response;
  grpc::Status status;
  reader->StartCall();
  reader->Finish(&response, &status, nullptr);
  void* tag = nullptr;
  bool ok = false;
  queue.Next(&tag, &ok);
  queue.Shutdown();
  while (queue.Next(&tag, &ok)) {
  }
  return status;
}

bool eventually(AsioLoop& loop, const std::function<bool()>& holds) {
  return loop
      .run([](const std::function<bool()>& holds) -> task<bool> {
        for (int tries = 0; tries < 10'000; ++tries) {
          if (holds()) co_return true;
          co_await sleep_for(1ms);
        }
        co_return false;
      }(holds))
      .value();
}

}  // namespace exocast::testing
