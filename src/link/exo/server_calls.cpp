// SPDX-License-Identifier: Apache-2.0
#include "link/exo/server_calls.h"

#include <algorithm>

namespace exocast {
namespace {

/// Messages come in bursts, other calls one by one.
constexpr std::size_t messages_ahead = 32;
constexpr std::size_t others_ahead = 4;

CallCount counting(std::size_t ahead, std::size_t answering_max) {
  const std::size_t max = std::max<std::size_t>(answering_max, 1);
  return {.ahead_max = std::min(ahead, max), .answering_max = max};
}

/// Asks gRPC for the next call of a method of one of the services.
template <auto service, auto method>
void ask_for(ServerCalls& calls, grpc::ServerContext* context, grpc::ByteBuffer* request,
             grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>* responder, void* tag) {
  ((calls.*service)().*method)(context, request, responder, calls.queue(), calls.queue(), tag);
}

}  // namespace

ServerCalls::ServerCalls(AsioLoop& loop, ExoHandler& handler, const ExoServerOptions& options)
    : loop_(loop),
      handler_(handler),
      options_(options),
      scope_(loop),
      methods_{{{.request = &ask_for<&ServerCalls::service, &RawNodeService::RequestSendResult>,
                 .read = &ServerCall::read_message<node_service::SendResultRequest>,
                 .handle = &ServerCall::accept,
                 .count = counting(messages_ahead, options.accepting_max)},
                {.request = &ask_for<&ServerCalls::service, &RawNodeService::RequestSendOpaqueStatus>,
                 .read = &ServerCall::read_message<node_service::SendOpaqueStatusRequest>,
                 .handle = &ServerCall::accept,
                 .count = counting(messages_ahead, options.accepting_max)},
                {.request = &ask_for<&ServerCalls::service, &RawNodeService::RequestCollectTopology>,
                 .read = &ServerCall::read<node_service::CollectTopologyRequest>,
                 .handle = &ServerCall::tell_topology,
                 .count = counting(others_ahead, options.accepting_max)},
                {.request = &ask_for<&ServerCalls::service, &RawNodeService::RequestHealthCheck>,
                 .read = &ServerCall::read<node_service::HealthCheckRequest>,
                 .handle = &ServerCall::tell_health,
                 .count = counting(others_ahead, options.accepting_max)},
                {.request = &ask_for<&ServerCalls::questions, &RawQuestions::RequestAsk>,
                 .read = &ServerCall::read_question,
                 .handle = &ServerCall::answer_question,
                 .count = counting(others_ahead, options.answering_max)}}},
      refused_(counting(others_ahead, options.accepting_max)) {}

void ServerCalls::open(grpc::ServerCompletionQueue* queue) {
  queue_ = queue;
  ask_for_more();
}

void ServerCalls::ask_for_more() {
  if (stopping()) return;
  for (ServedMethod& method : methods_) {
    for (; method.count.wants_more(); ++method.count.ahead) new ServerCall(*this, method);
  }
  for (; refused_.wants_more(); ++refused_.ahead) new RefusedCall(*this);
}

void ServerCalls::stop() noexcept {
  stopping_.store(true, std::memory_order_relaxed);
  scope_.request_stop();
  for (ServerCall* call = calls_.front(); call != nullptr;) {
    ServerCall* next = calls_.after(*call);
    call->request_stop();
    call = next;
  }
}

void ServerCalls::abandon() noexcept {
  while (ServerCall* call = calls_.front()) call->abandon();
}

std::size_t ServerCalls::answering() const noexcept {
  std::size_t sum = refused_.answering;
  for (const ServedMethod& method : methods_) sum += method.count.answering;
  return sum;
}

void ServerCalls::came(CallCount& count) noexcept {
  --count.ahead;
  ++count.answering;
  ask_for_more();
}

void ServerCalls::answered(CallCount& count) noexcept {
  --count.answering;
  ask_for_more();
}

bool ServerCalls::add(ServerCall& call, std::size_t bytes) noexcept {
  if (accepting_bytes_ > 0 && accepting_bytes_ + bytes > options_.accepting_bytes_max) return false;
  accepting_bytes_ += bytes;
  call.accepting_bytes_ = bytes;
  calls_.push_back(call);
  return true;
}

void ServerCalls::remove(ServerCall& call) noexcept {
  accepting_bytes_ -= call.accepting_bytes_;
  call.unlink();
}

}  // namespace exocast
