// SPDX-License-Identifier: Apache-2.0
#include "link/native/large_item.h"

#include <utility>

#include "link/native/item.h"
#include "link/native/receiver_connection.h"
#include "message/proto/node_service.pb.h"

namespace exocast::native {
namespace {

struct StatusFields {
  Bytes request_id;
  Bytes status;
};

/// Nothing if there are other fields: protobuf reads those.
std::optional<StatusFields> read_status(Bytes request) noexcept {
  StatusFields fields;
  FieldReader reader(request);
  Field field;
  while (reader.next(field)) {
    if (field.type != WireType::bytes) return std::nullopt;
    if (field.number == node_service::SendOpaqueStatusRequest::kRequestIdFieldNumber) {
      fields.request_id = field.bytes;
    } else if (field.number == node_service::SendOpaqueStatusRequest::kStatusFieldNumber) {
      fields.status = field.bytes;
    } else {
      return std::nullopt;
    }
  }
  if (!reader.ok()) return std::nullopt;
  return fields;
}

}  // namespace

std::expected<Message, Status> decode_large(const Item& item, FrameMemory memory, std::size_t message_bytes_max) {
  if (item.kind != MessageKind::status || item.request.size() > message_bytes_max) {
    return decode(item, message_bytes_max);
  }
  const auto fields = read_status(item.request);
  if (!fields) return decode(item, message_bytes_max);
  node_service::SendOpaqueStatusRequest request;
  request.set_request_id(std::string(text_of(fields->request_id)));
  request.set_status(memory.take(fields->status));
  auto message = Message::from_request(std::move(request));
  if (!message) return std::unexpected(Status::invalid_argument(std::move(message.error())));
  return *std::move(message);
}

void LargeItem::abandon() noexcept {
  connection_ = nullptr;
  if (!taken_.exchange(true)) memory_ = FrameMemory();
}

void LargeItem::work() noexcept {
  if (!taken_.exchange(true)) message_ = decode_large(item_, std::move(memory_), message_bytes_max_);
}

void LargeItem::finish() noexcept {
  if (connection_ != nullptr) connection_->decoded(*std::move(message_));
}

}  // namespace exocast::native
