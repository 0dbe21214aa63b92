// SPDX-License-Identifier: Apache-2.0
#include "link/native/item.h"

#include <mutex>
#include <string>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>

#include "message/proto/node_service.pb.h"

namespace exocast::native {
namespace {

std::unexpected<Status> unreadable(std::string text) {
  return std::unexpected(Status::invalid_argument(std::move(text)));
}

template <class Request>
std::expected<Message, Status> decode_as(Bytes bytes) {
  Request request;
  if (!request.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return unreadable("the message cannot be parsed");
  }
  auto message = Message::from_request(std::move(request));
  if (!message) return unreadable(std::move(message.error()));
  return *std::move(message);
}

}  // namespace

std::expected<Message, Status> decode(const Item& item, std::size_t message_bytes_max) {
  if (item.request.size() > message_bytes_max) {
    return std::unexpected(Status::resource_exhausted(
        fmt::format("a message of {} bytes is over the limit of {}", item.request.size(), message_bytes_max)));
  }
  if (item.kind == MessageKind::tokens) return decode_as<node_service::SendResultRequest>(item.request);
  return decode_as<node_service::SendOpaqueStatusRequest>(item.request);
}

void quiet_protobuf() {
  static std::once_flag once;
  std::call_once(once, [] { google::protobuf::SetLogHandler(nullptr); });
}

}  // namespace exocast::native
