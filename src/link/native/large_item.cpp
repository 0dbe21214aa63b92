// SPDX-License-Identifier: Apache-2.0
#include "link/native/large_item.h"

#include <utility>

#include "link/native/item.h"
#include "link/native/receiver_connection.h"

namespace exocast::native {
std::expected<Message, Status> decode_large(const Item& item, FrameMemory memory, std::size_t message_bytes_max) {
  if (item.request.size() > message_bytes_max) return decode(item, message_bytes_max);
  auto message = Message::from_encoded(item.kind, text_of(item.request), std::move(memory).share());
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
