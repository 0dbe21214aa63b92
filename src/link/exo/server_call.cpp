// SPDX-License-Identifier: Apache-2.0
#include "link/exo/server_call.h"

#include <cassert>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"
#include "link/exo/decode.h"
#include "link/exo/native_port.h"
#include "link/exo/server_calls.h"
#include "link/exo/status.h"

namespace exocast {
namespace {

/// Messages up to this size wait for other completions, so that they enter the loop together.
constexpr std::size_t waiting_bytes_max = std::size_t{64} << 10;

/// The limit of a question's request, with protobuf's overhead for its two texts.
constexpr std::size_t question_bytes_max = Question::name_bytes_max + Question::argument_bytes_max + 16;

grpc::Status stopping() { return {grpc::StatusCode::UNAVAILABLE, "this node is stopping"}; }

std::string refusal(const std::string& method) {
  for (const std::string_view of_models : {"SendPrompt", "SendTensor", "SendExample"}) {
    if (method == fmt::format("/node_service.NodeService/{}", of_models)) return "this node does not run models";
  }
  return to_line(fmt::format("there is no method {}", method));
}

}  // namespace

ServerCall::ServerCall(ServerCalls& calls, ServedMethod& method) : calls_(calls), method_(method) {
  method.request(calls, &context_, &request_, &responder_, tag());
}

bool ServerCall::prepare(bool ok) noexcept {
  if (state_ == State::answering || !ok || calls_.stopping()) return false;
  assert(!calls_.loop().inside());  // checking 256 MiB would block the loop
  (this->*method_.read)();
  return !fault_.ok() || (message_ && message_->bytes() > waiting_bytes_max);
}

void ServerCall::completed(bool ok) noexcept {
  if (state_ == State::answering) {
    calls_.answered(method_.count);
    delete this;
  } else if (!ok) {  // the server is shutting down
    delete this;
  } else {
    calls_.came(method_.count);
    if (calls_.stopping()) return refuse(stopping());
    if (!fault_.ok()) return refuse(fault_);
    (this->*method_.handle)();
  }
}

template <class Request>
bool ServerCall::parse(Request& request, std::size_t bytes_max) {
  switch (decode(request_, bytes_max, request)) {
    case Decoded::ok:
      return true;
    case Decoded::malformed:
      fault_ = {grpc::StatusCode::INVALID_ARGUMENT, "the request is not what the service defines"};
      return false;
    case Decoded::too_large:
      fault_ = {grpc::StatusCode::RESOURCE_EXHAUSTED, fmt::format("the message is larger than {} bytes", bytes_max)};
      return false;
  }
  return false;
}

template <class Request>
void ServerCall::read() {
  Request request;
  parse(request, calls_.options().message_bytes_max);
}

template <class Request>
void ServerCall::read_message() {
  Request request;
  if (!parse(request, calls_.options().message_bytes_max)) return;
  auto message = Message::from_request(std::move(request));
  if (message) {
    message_ = *std::move(message);
  } else {
    fault_ = {grpc::StatusCode::INVALID_ARGUMENT, message.error()};
  }
}

void ServerCall::read_question() {
  wire::AskRequest request;
  if (!parse(request, question_bytes_max)) return;
  auto question = Question::from_request(request);
  if (question) {
    question_ = *std::move(question);
  } else {
    fault_ = {grpc::StatusCode::INVALID_ARGUMENT, question.error()};
  }
}

template <class Response>
void ServerCall::answer(const Response& response) {
  const grpc::Slice bytes(response.SerializeAsString());
  state_ = State::answering;
  responder_.Finish(grpc::ByteBuffer(&bytes, 1), grpc::Status::OK, tag());
}

void ServerCall::refuse(const grpc::Status& status) {
  state_ = State::answering;
  responder_.FinishWithError(status, tag());
}

void ServerCall::tell_health() {
  node_service::HealthCheckResponse response;
  response.set_is_healthy(calls_.handler().healthy());
  if (const auto port = calls_.options().native_port) {
    context_.AddInitialMetadata(native_port_key, std::to_string(*port));
  }
  answer(response);
}

void ServerCall::tell_topology() { answer(to_proto(calls_.handler().topology())); }

void ServerCall::accept() {
  if (!take(message_->bytes())) return;
  accepting_ = calls_.handler().accept(*std::exchange(message_, std::nullopt));
  run(accepting_);
}

void ServerCall::answer_question() {
  if (!take(question_->bytes())) return;
  answering_ = calls_.handler().answer(*std::exchange(question_, std::nullopt));
  run(answering_);
}

/// Whether there is room for the request; if not, refuses it.
bool ServerCall::take(std::size_t bytes) {
  if (calls_.add(*this, bytes)) return true;
  message_.reset();
  refuse({grpc::StatusCode::RESOURCE_EXHAUSTED, "this node has all the messages in hand that it can hold"});
  return false;
}

template <class T>
void ServerCall::run(task<std::expected<T, Status>>& work) {
  state_ = State::handling;
  task_context_ = {.scheduler = &calls_.loop(), .stop = &stop_, .scope = &calls_.scope()};
  work.prepare(task_context_, *this).resume();
  if (state_ == State::handling) calls_.loop().wake_at(*this, answer_by());
}

/// The sender's deadline, or accept_timeout from now, whichever comes first.
TimePoint ServerCall::answer_by() const {
  const TimePoint now = calls_.loop().now();
  const gpr_timespec deadline = context_.raw_deadline();
  const gpr_timespec left = gpr_time_sub(deadline, gpr_now(deadline.clock_type));
  const TimePoint own = Deadline::after(now, calls_.options().accept_timeout).time();
  if (gpr_time_cmp(left, gpr_inf_future(left.clock_type)) == 0) return own;
  return std::min(own, now + std::chrono::milliseconds(gpr_time_to_millis(left)));
}

void ServerCall::fired() noexcept {
  timed_out_ = true;
  stop_.request();
}

std::coroutine_handle<> ServerCall::completed() noexcept {
  return answering_ ? finish(answering_) : finish(accepting_);
}

template <class T>
std::coroutine_handle<> ServerCall::finish(task<std::expected<T, Status>>& work) noexcept {
  const std::exception_ptr thrown = std::move(work.exception());
  std::expected<T, Status> result;
  if (!thrown) result = std::move(work.value());
  if (thrown) result = std::unexpected(Status::internal(fmt::format("this node failed to handle the {}", kind())));
  handled();
  if (!result) {
    refuse(to_grpc(result.error()));
  } else if constexpr (std::is_void_v<T>) {
    answer(node_service::Empty());
  } else {
    tell(*result);
  }
  return std::noop_coroutine();
}

void ServerCall::tell(std::string_view answered) {
  std::string text = to_utf8(answered);
  if (text.size() > Question::answer_bytes_max) {
    return refuse({grpc::StatusCode::RESOURCE_EXHAUSTED,
                   fmt::format("the answer has {} bytes, {} at most", text.size(), Question::answer_bytes_max)});
  }
  wire::AskResponse response;
  response.set_text(std::move(text));
  answer(response);
}

std::coroutine_handle<> ServerCall::stopped() noexcept {
  const std::string late = fmt::format("this node did not {} in time", answering_ ? "answer" : "accept the message");
  handled();
  if (timed_out_) {
    refuse({grpc::StatusCode::DEADLINE_EXCEEDED, late});
  } else {
    refuse(stopping());
  }
  return std::noop_coroutine();
}

void ServerCall::abandon() noexcept {
  handled();
  refuse(stopping());
}

/// The handler's task has ended: frees its frame, and removes the call from those that wait for a task.
void ServerCall::handled() noexcept {
  disarm();
  accepting_.reset();
  answering_.reset();
  calls_.remove(*this);
}

template void ServerCall::read_message<node_service::SendResultRequest>();
template void ServerCall::read_message<node_service::SendOpaqueStatusRequest>();
template void ServerCall::read<node_service::CollectTopologyRequest>();
template void ServerCall::read<node_service::HealthCheckRequest>();

RefusedCall::RefusedCall(ServerCalls& calls) : calls_(calls) {
  calls.generic_service().RequestCall(&context_, &stream_, calls.queue(), calls.queue(), tag());
}

void RefusedCall::completed(bool ok) noexcept {
  if (answering_) {
    calls_.answered(calls_.refused());
    delete this;
  } else if (!ok) {
    delete this;
  } else {
    calls_.came(calls_.refused());
    answering_ = true;
    stream_.Finish({grpc::StatusCode::UNIMPLEMENTED, refusal(context_.method())}, tag());
  }
}

}  // namespace exocast
