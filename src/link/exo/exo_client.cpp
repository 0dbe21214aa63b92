// SPDX-License-Identifier: Apache-2.0
#include "link/exo/exo_client.h"

#include <charconv>

#include "link/exo/client_call.h"
#include "link/exo/decode.h"
#include "link/exo/mutex_checks.h"
#include "link/exo/native_port.h"
#include "link/exo/quiet.h"
#include "message/proto/node_service.pb.h"
#include "message/proto/questions.pb.h"

namespace exocast {
namespace {

/// Of tokens and statuses, the kinds that exo has.
const std::string& method_for(MessageKind kind) {
  static const std::string send_result = "/node_service.NodeService/SendResult";
  static const std::string send_opaque_status = "/node_service.NodeService/SendOpaqueStatus";
  return kind == MessageKind::tokens ? send_result : send_opaque_status;
}

template <class Response>
std::expected<Response, Status> parse(CallWait::Reply reply, std::size_t bytes_max) {
  if (!reply) return std::unexpected(std::move(reply.error()));
  Response response;
  switch (decode(*reply, bytes_max, response)) {
    case Decoded::ok:
      return response;
    case Decoded::too_large:
      return std::unexpected(Status::resource_exhausted("the peer's answer is too large"));
    case Decoded::malformed:
      break;
  }
  return std::unexpected(Status::internal("the peer's answer is not what the service defines"));
}

Status no_data() { return Status::unimplemented("exo nodes take tokens and statuses only"); }

/// Whether a status from the peer is about the message, and not about the peer's state or a timeout.
bool is_refusal(const Status& error) {
  return error.code != StatusCode::unavailable && error.code != StatusCode::cancelled &&
         error.code != StatusCode::deadline_exceeded;
}

/// The most that protobuf adds to the text of an answer.
constexpr std::size_t wrapping_bytes = 16;

/// The result of HealthCheck as the answer to the question "health".
std::expected<std::string, Status> to_text(std::expected<Health, Status> health) {
  if (!health) return std::unexpected(std::move(health.error()));
  return health->healthy ? R"({"healthy":true})" : R"({"healthy":false})";
}

std::optional<std::uint16_t> to_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

class ClientLink final : public ExoLink {
 public:
  ClientLink(std::shared_ptr<ClientCalls> calls, const PeerAddress& address)
      : calls_(std::move(calls)), channel_(address, calls_->options()) {}

  std::string_view kind() const noexcept override { return "exo"; }
  std::size_t message_bytes_max() const noexcept override { return calls_->options().message_bytes_max; }

  task<std::expected<void, Status>> deliver(Message message, Deadline deadline) override {
    if (message.kind() == MessageKind::data) co_return std::unexpected(no_data());
    auto reply = co_await CallWait(*calls_, channel_, method_for(message.kind()), calls_->request(message), deadline);
    if (!reply) co_return std::unexpected(std::move(reply.error()));
    co_return {};
  }

  task<BatchEnd> deliver_all(MessageBatch batch, BatchOptions options) override {
    const Message message = Message::merge(batch);
    if (message.kind() == MessageKind::data) co_return BatchEnd{.broken = no_data(), .unsupported = true};
    CallWait call(*calls_, channel_, method_for(message.kind()), calls_->request(message), options.deadline);
    const auto reply = co_await call;
    if (reply) co_return BatchEnd{.answered = batch.size()};
    const auto reach = call.call() != nullptr ? call.call()->reach() : ClientCall::Reach::nowhere;
    if (reach == ClientCall::Reach::answered && is_refusal(reply.error())) {
      BatchEnd end{.answered = batch.size()};
      for (std::size_t index = 0; index < batch.size(); ++index) end.refused.push_back({index, reply.error()});
      co_return end;
    }
    co_return BatchEnd{.broken = reply.error(), .resendable = reach == ClientCall::Reach::nowhere};
  }

  task<std::expected<std::string, Status>> ask(Question question, Deadline deadline) override {
    static const std::string method = "/exocast.wire.NodeQuestions/Ask";
    const grpc::Slice bytes(question.encoded());
    const grpc::ByteBuffer request(&bytes, 1);
    auto response = parse<wire::AskResponse>(co_await CallWait(*calls_, channel_, method, request, deadline),
                                             Question::answer_bytes_max + wrapping_bytes);
    if (response) co_return std::move(*response->mutable_text());
    if (response.error().code != StatusCode::unimplemented) co_return std::unexpected(std::move(response.error()));
    if (question.name() == Question::health().name()) co_return to_text(co_await health(deadline));
    co_return std::unexpected(Status::unimplemented("does not answer questions: it speaks exo's protocol only"));
  }

  task<std::expected<Health, Status>> health(Deadline deadline) override {
    static const std::string method = "/node_service.NodeService/HealthCheck";
    CallWait call(*calls_, channel_, method, calls_->empty_request(), deadline);
    auto response = parse<node_service::HealthCheckResponse>(co_await call, message_bytes_max());
    if (!response) co_return std::unexpected(std::move(response.error()));
    co_return Health{.healthy = response->is_healthy(), .native_port = to_port(call.call()->told(native_port_key))};
  }

  task<std::expected<Topology, Status>> collect_topology(Deadline deadline) override {
    static const std::string method = "/node_service.NodeService/CollectTopology";
    auto response =
        parse<node_service::Topology>(co_await CallWait(*calls_, channel_, method, calls_->empty_request(), deadline),
                                      calls_->options().topology_bytes_max);
    if (!response) co_return std::unexpected(std::move(response.error()));
    co_return from_proto(*response);
  }

 private:
  std::shared_ptr<ClientCalls> calls_;
  ClientChannel channel_;
};

}  // namespace

ExoClient::ExoClient(AsioLoop& loop, ExoClientOptions options) {
  quiet_grpc();
  skip_mutex_checks();
  calls_ = std::make_shared<ClientCalls>(loop, options);
}

ExoClient::~ExoClient() { calls_->close(); }

std::unique_ptr<ExoLink> ExoClient::link(const PeerAddress& address) {
  return std::make_unique<ClientLink>(calls_, address);
}

std::size_t ExoClient::calls() const noexcept { return calls_->live(); }

}  // namespace exocast
