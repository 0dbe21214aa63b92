// SPDX-License-Identifier: Apache-2.0
#include "link/native/item.h"

#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <google/protobuf/stubs/logging.h>

namespace exocast::native {

std::expected<Message, Status> decode(const Item& item, std::size_t message_bytes_max) {
  if (item.unknown_kind != 0) {
    return std::unexpected(
        Status::unimplemented(fmt::format("messages of kind {} are not known here", item.unknown_kind)));
  }
  if (item.request.size() > message_bytes_max) {
    return std::unexpected(Status::resource_exhausted(
        fmt::format("a message of {} bytes is over the limit of {}", item.request.size(), message_bytes_max)));
  }
  auto message = Message::from_encoded(item.kind, text_of(item.request));
  if (!message) return std::unexpected(Status::invalid_argument(std::move(message.error())));
  return *std::move(message);
}

void quiet_protobuf() {
  static std::once_flag once;
  std::call_once(once, [] { google::protobuf::SetLogHandler(nullptr); });
}

}  // namespace exocast::native
