// SPDX-License-Identifier: Apache-2.0
#pragma once
// What stands before an encoded message in a batch of a native link: field 3 of Batch, then the field of Item for its
// kind (message/proto/native.proto). A message that is made here has it in front of its encoding, so it is written once
// for all receivers. Internal to the engine.

#include <cstddef>

#include "exocast/message.h"
#include "message/fields.h"

namespace exocast {

/// The fields of Item.
namespace item_field {
enum : unsigned { result = 1, status = 2, data = 3 };
}

constexpr unsigned items_field = 3;  // of Batch

constexpr std::size_t item_head_bytes_max = 12;

/// The size of the head of a message of `message_bytes`.
constexpr std::size_t item_head_bytes(std::size_t message_bytes) noexcept {
  return bytes_field_bytes(bytes_field_bytes(message_bytes)) - message_bytes;
}

constexpr unsigned item_field_of(MessageKind kind) noexcept {
  return kind == MessageKind::tokens ? item_field::result
                                     : (kind == MessageKind::status ? item_field::status : item_field::data);
}

inline void write_item_head(FieldWriter& writer, MessageKind kind, std::size_t message_bytes) noexcept {
  writer.begin_bytes(items_field, bytes_field_bytes(message_bytes));
  writer.begin_bytes(item_field_of(kind), message_bytes);
}

}  // namespace exocast
