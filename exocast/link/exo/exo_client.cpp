// SPDX-License-Identifier: Apache-2.0
#include "exocast/link/exo/exo_client.h"

#include "exocast/link/exo/client_call.h"
#include "exocast/link/exo/decode.h"
#include "exocast/link/exo/mutex_checks.h"
#include "exocast/link/exo/quiet.h"
#include "exocast/message/proto/node_service.pb.h"

namespace exocast {
namespace {

const std::string& method_for(MessageKind kind) {
  static const std::string send_result = "/node_service.NodeService/SendResult";
  static const std::string send_opaque_status = "/node_service.NodeService/SendOpaqueStatus";
  return kind == MessageKind::tokens ? send_result : send_opaque_status;
}

template <class Response>
std::expected<Response, LinkError> parse(CallWait::Reply reply, std::size_t bytes_max) {
  if (!reply) return std::unexpected(std::move(reply.error()));
  Response response;
  switch (decode(*reply, bytes_max, response)) {
    case Decoded::ok:
      return response;
    case Decoded::too_large:
      return std::unexpected(LinkError{.code = "RESOURCE_EXHAUSTED", .text = "the peer's answer is too large"});
    case Decoded::malformed:
      break;
  }
  return std::unexpected(LinkError{.code = "INTERNAL", .text = "the peer's answer is not what the service defines"});
}

class ClientLink final : public ExoLink {
 public:
  ClientLink(std::shared_ptr<ClientCalls> calls, const PeerAddress& address)
      : calls_(std::move(calls)), channel_(address, calls_->options()) {}

  std::string_view kind() const noexcept override { return "exo"; }
  std::size_t message_bytes_max() const noexcept override { return calls_->options().message_bytes_max; }

  task<std::expected<void, LinkError>> deliver(Message message, Deadline deadline) override {
    auto reply = co_await CallWait(*calls_, channel_, method_for(message.kind()), calls_->request(message), deadline);
    if (!reply) co_return std::unexpected(std::move(reply.error()));
    co_return {};
  }

  task<std::expected<bool, LinkError>> health(Deadline deadline) override {
    static const std::string method = "/node_service.NodeService/HealthCheck";
    auto response = parse<node_service::HealthCheckResponse>(
        co_await CallWait(*calls_, channel_, method, calls_->empty_request(), deadline), message_bytes_max());
    if (!response) co_return std::unexpected(std::move(response.error()));
    co_return response->is_healthy();
  }

  task<std::expected<Topology, LinkError>> collect_topology(Deadline deadline) override {
    static const std::string method = "/node_service.NodeService/CollectTopology";
    auto response = parse<node_service::Topology>(
        co_await CallWait(*calls_, channel_, method, calls_->empty_request(), deadline), message_bytes_max());
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
