// SPDX-License-Identifier: Apache-2.0
#include "message/request_fields.h"

#include "base/text.h"
#include "message/fields.h"

namespace exocast {
namespace {

/// Gives each field of `message` to `take`. False if `take` refuses one, or if protobuf would write them differently.
template <class Take>
bool read_fields(Bytes message, Take take) noexcept {
  FieldReader reader(message);
  Field field;
  std::uint32_t last = 0;
  std::size_t bytes = 0;  // that protobuf would write
  while (reader.next(field)) {
    if (field.number <= last || !take(field)) return false;
    last = field.number;
    bytes += field.type == WireType::bytes ? bytes_field_bytes(field.bytes.size()) : number_field_bytes(field.value);
  }
  return reader.ok() && bytes == message.size();
}

bool take_text(const Field& field, std::string_view& text) noexcept {
  text = text_of(field.bytes);
  return field.type == WireType::bytes && !text.empty() && is_utf8(text);
}

bool take_numbers(const Field& field, RequestFields& fields) noexcept {
  if (field.type != WireType::bytes || field.bytes.empty()) return false;
  fields.numbers = field.bytes;
  VarintReader reader(field.bytes);
  std::uint64_t value = 0;
  std::size_t bytes = 0;  // that protobuf would write
  for (; reader.next(value); ++fields.number_count) {
    if (extended(static_cast<std::int32_t>(value)) != value) return false;
    bytes += varint_bytes(value);
  }
  return reader.ok() && bytes == field.bytes.size();
}

bool take_tensor(const Field& field, RequestFields& fields) noexcept {
  if (field.type != WireType::bytes || fields.number_count > 0) return false;
  const bool usual = read_fields(field.bytes, [&](const Field& inner) noexcept {
    switch (inner.number) {
      case 1:
        fields.content = text_of(inner.bytes);
        return inner.type == WireType::bytes;
      case 2:
        return take_numbers(inner, fields);
      case 3:
        return take_text(inner, fields.dtype);
      default:
        return false;
    }
  });
  fields.has_tensor = !fields.content.empty();
  return usual && fields.has_tensor;
}

bool take_of_tokens(const Field& field, RequestFields& fields) noexcept {
  switch (field.number) {
    case 1:
      return take_text(field, fields.id);
    case 2:
      return take_numbers(field, fields);
    case 3:
      return take_tensor(field, fields);
    case 4:
      fields.finished = true;
      return field.type == WireType::varint && field.value == 1;
    default:
      return false;
  }
}

bool take_of_status(const Field& field, RequestFields& fields) noexcept {
  switch (field.number) {
    case 1:
      return take_text(field, fields.id);
    case 2:
      return take_text(field, fields.content);
    default:
      return false;
  }
}

}  // namespace

std::optional<RequestFields> read_request(MessageKind kind, Bytes encoded) noexcept {
  RequestFields fields;
  const bool usual =
      kind == MessageKind::tokens
          ? read_fields(encoded, [&](const Field& field) noexcept { return take_of_tokens(field, fields); })
          : read_fields(encoded, [&](const Field& field) noexcept { return take_of_status(field, fields); });
  return usual ? std::optional(fields) : std::nullopt;
}

void unpack(Bytes packed, std::int32_t* into) noexcept {
  VarintReader reader(packed);
  for (std::uint64_t value = 0; reader.next(value);) *into++ = static_cast<std::int32_t>(value);
}

}  // namespace exocast
