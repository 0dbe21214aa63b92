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

/// Whether `varint`, whose last byte is the only one below 0x80, is a 32-bit number as protobuf writes it. Up to four
/// bytes hold any number; five hold 35 bits; only negative numbers have more, and then ten.
bool is_usual(Bytes varint) noexcept {
  const auto last = std::to_integer<unsigned>(varint.back());
  if (varint.size() < 5) return varint.size() == 1 || last != 0;
  if (varint.size() == 5) return last != 0 && last < 8;
  VarintReader reader(varint);
  std::uint64_t value = 0;
  return varint.size() == 10 && reader.next(value) && extended(static_cast<std::int32_t>(value)) == value;
}

bool take_numbers(const Field& field, RequestFields& fields) noexcept {
  if (field.type != WireType::bytes || field.bytes.empty()) return false;
  fields.numbers = field.bytes;
  std::size_t begin = 0;
  for (std::size_t at = 0; at < field.bytes.size(); ++at) {
    if (field.bytes[at] >= std::byte{0x80}) continue;
    if (!is_usual(field.bytes.subspan(begin, at + 1 - begin))) return false;
    begin = at + 1;
    ++fields.number_count;
  }
  return begin == field.bytes.size();
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

bool read_request(MessageKind kind, Bytes encoded, RequestFields& fields) noexcept {
  if (kind == MessageKind::tokens) {
    return read_fields(encoded, [&](const Field& field) noexcept { return take_of_tokens(field, fields); });
  }
  return read_fields(encoded, [&](const Field& field) noexcept { return take_of_status(field, fields); });
}

void unpack(Bytes packed, std::int32_t* into) noexcept {
  VarintReader reader(packed);
  for (std::uint64_t value = 0; reader.next(value);) *into++ = static_cast<std::int32_t>(value);
}

}  // namespace exocast
