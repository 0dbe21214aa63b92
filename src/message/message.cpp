// SPDX-License-Identifier: Apache-2.0
#include "exocast/message.h"

#include <atomic>
#include <limits>
#include <mutex>
#include <utility>
#include <variant>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <google/protobuf/io/coded_stream.h>

#include "base/text.h"
#include "message/json_text.h"
#include "message/proto/node_service.pb.h"

namespace exocast {
namespace {

using node_service::SendOpaqueStatusRequest;
using node_service::SendResultRequest;

constexpr std::size_t max_bytes = std::numeric_limits<std::int32_t>::max();  // protobuf's sizes are int

std::string too_large(std::size_t bytes) {
  return fmt::format("a message of {} bytes is over the limit of {} bytes (2 GiB - 1)", bytes, max_bytes);
}

std::optional<std::string> fault_in(const SendResultRequest& request) {
  if (!is_utf8(request.request_id())) return "the request id is not UTF-8";
  return std::nullopt;
}

std::optional<std::string> fault_in(const SendOpaqueStatusRequest& request) {
  if (!is_utf8(request.request_id())) return "the request id is not UTF-8";
  if (const auto fault = json_fault(request.status())) return "the status is not acceptable JSON: " + *fault;
  return std::nullopt;
}

std::span<const std::int32_t> span_of(const google::protobuf::RepeatedField<std::int32_t>& field) {
  return {field.data(), static_cast<std::size_t>(field.size())};
}

/// The size of `tokens` on the wire. A list that is certainly too long is not read; then the result is a lower bound.
std::size_t encoded_bytes(std::span<const std::int32_t> tokens) {
  if (tokens.size() > max_bytes) return tokens.size();
  std::size_t bytes = 0;
  for (const std::int32_t token : tokens) {
    bytes += google::protobuf::io::CodedOutputStream::VarintSize32SignExtended(token);
  }
  return bytes;
}

}  // namespace

std::string_view to_string(MessageKind kind) noexcept { return kind == MessageKind::tokens ? "tokens" : "status"; }

struct Message::State {
  template <class Request>
  State(Request&& parsed, std::size_t size) : request(std::forward<Request>(parsed)), bytes(size) {}

  const SendResultRequest* result() const { return std::get_if<SendResultRequest>(&request); }
  const SendOpaqueStatusRequest* status() const { return std::get_if<SendOpaqueStatusRequest>(&request); }

  const std::variant<SendResultRequest, SendOpaqueStatusRequest> request;
  const std::size_t bytes;
  // Not a std::once_flag: that costs each message a system call.
  mutable std::mutex encoding;
  mutable std::atomic<bool> is_encoded = false;
  mutable std::string encoded;  // written once, before `is_encoded` is set
};

Message::Message(std::shared_ptr<const State> state) noexcept : state_(std::move(state)) {}

template <class Request>
std::expected<Message, std::string> Message::make(Request request) {
  if (auto fault = fault_in(request)) return std::unexpected(*std::move(fault));
  const std::size_t bytes = request.ByteSizeLong();
  if (bytes > max_bytes) return std::unexpected(too_large(bytes));
  return Message(std::make_shared<const State>(std::move(request), bytes));
}

// Both factories refuse content over the limit before they copy it; `make` then computes the exact size.
std::expected<Message, std::string> Message::token_result(std::string_view request_id,
                                                          std::span<const std::int32_t> tokens, bool finished) {
  const std::size_t at_least = request_id.size() + encoded_bytes(tokens);
  if (at_least > max_bytes) return std::unexpected(too_large(at_least));
  SendResultRequest request;
  request.set_request_id(request_id.data(), request_id.size());
  request.mutable_result()->Add(tokens.begin(), tokens.end());
  request.set_is_finished(finished);
  return make(std::move(request));
}

std::expected<Message, std::string> Message::opaque_status(std::string_view request_id, std::string_view json_text) {
  const std::size_t at_least = request_id.size() + json_text.size();
  if (at_least > max_bytes) return std::unexpected(too_large(at_least));
  SendOpaqueStatusRequest request;
  request.set_request_id(request_id.data(), request_id.size());
  request.set_status(json_text.data(), json_text.size());
  return make(std::move(request));
}

std::expected<Message, std::string> Message::from_request(SendResultRequest request) {
  if (request.tensor().tensor_data().empty()) {
    request.clear_tensor();
  } else {
    request.clear_result();
  }
  return make(std::move(request));
}

std::expected<Message, std::string> Message::from_request(SendOpaqueStatusRequest request) {
  return make(std::move(request));
}

bool Message::mergeable(const Message& next) const noexcept {
  const auto* first = state_->result();
  const auto* second = next.state_->result();
  return first && second && !first->is_finished() && !first->has_tensor() && !second->has_tensor() &&
         first->request_id() == second->request_id();
}

Message Message::merge(std::span<const Message> messages) {
  if (messages.size() == 1) return messages.front();
  SendResultRequest request;
  request.set_request_id(messages.front().request_id());
  for (const Message& message : messages) request.mutable_result()->MergeFrom(message.state_->result()->result());
  request.set_is_finished(messages.back().finished());
  const std::size_t bytes = request.ByteSizeLong();
  return Message(std::make_shared<const State>(std::move(request), bytes));
}

MessageKind Message::kind() const noexcept { return state_->result() ? MessageKind::tokens : MessageKind::status; }

const std::string& Message::request_id() const noexcept {
  const auto* result = state_->result();
  return result ? result->request_id() : state_->status()->request_id();
}

std::span<const std::int32_t> Message::tokens() const noexcept {
  const auto* result = state_->result();
  return result ? span_of(result->result()) : std::span<const std::int32_t>();
}

bool Message::finished() const noexcept {
  const auto* result = state_->result();
  return result && result->is_finished();
}

std::optional<TensorView> Message::tensor() const noexcept {
  const auto* result = state_->result();
  if (!result || !result->has_tensor()) return std::nullopt;
  const auto& tensor = result->tensor();
  return TensorView{tensor.tensor_data(), span_of(tensor.shape()), tensor.dtype()};
}

std::string_view Message::status() const noexcept {
  const auto* status = state_->status();
  return status ? std::string_view(status->status()) : std::string_view();
}

std::size_t Message::bytes() const noexcept { return state_->bytes; }

std::shared_ptr<const std::string> Message::encoded() const {
  const State& state = *state_;
  if (!state.is_encoded.load(std::memory_order_acquire)) {
    const std::scoped_lock lock(state.encoding);
    if (!state.is_encoded.load(std::memory_order_relaxed)) {
      std::visit([&](const auto& request) { request.SerializeToString(&state.encoded); }, state.request);
      state.is_encoded.store(true, std::memory_order_release);
    }
  }
  return {state_, &state_->encoded};
}

std::string to_json_line(const Message& message) {
  const std::string id = json_string(message.request_id());
  if (message.kind() == MessageKind::status) {
    return fmt::format(R"({{"event":"message","kind":"status","request_id":{},"status":{}}})", id,
                       json_on_one_line(message.status()));
  }
  std::string tensor;
  if (const auto view = message.tensor()) {
    tensor = fmt::format(R"("tensor":{{"dtype":{},"shape":[{}],"bytes":{}}},)", json_string(view->dtype),
                         fmt::join(view->shape, ","), view->data.size());
  }
  return fmt::format(R"({{"event":"message","kind":"tokens","request_id":{},"tokens":[{}],{}"finished":{}}})", id,
                     fmt::join(message.tokens(), ","), tensor, message.finished());
}

}  // namespace exocast
