// SPDX-License-Identifier: Apache-2.0
#pragma once
// Fields: reads and writes protobuf's wire format field by field, without its classes. Internal to the engine.
//
// Frames and messages are read and written in place: untrusted bytes create no objects before they are checked, and
// nothing is written to standard error. The tests compare both directions with protobuf.
// Plain values, no threading rules; a reader's spans point into its input.

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "base/bytes.h"

namespace exocast {

/// The encoding of a field's value.
enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

struct Field {
  std::uint32_t number = 0;
  WireType type = WireType::varint;
  std::uint64_t value = 0;  ///< of a varint or fixed number
  Bytes bytes = {};         ///< of bytes
};

/// Reads numbers that stand one after another, as in packed fields.
class VarintReader {
 public:
  explicit VarintReader(Bytes from) noexcept : at_(from.data()), end_(from.data() + from.size()) {}

  /// The next number. False at the end, and at an invalid one: see ok().
  bool next(std::uint64_t& value) noexcept {
    if (at_ == end_) return false;
    ok_ = read_varint(value);
    return ok_;
  }

  /// True if everything read so far was valid.
  bool ok() const noexcept { return ok_; }

 protected:
  std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  bool read_varint(std::uint64_t& value) noexcept {
    if (at_ != end_ && *at_ < std::byte{0x80}) {  // the usual case
      value = std::to_integer<std::uint64_t>(*at_++);
      return true;
    }
    value = 0;
    const std::size_t most = left() < 10 ? left() : 10;
    for (std::size_t i = 0; i < most; ++i) {
      const auto byte = std::to_integer<std::uint64_t>(at_[i]);
      value |= (byte & 0x7fU) << (7 * i);
      if (byte >= 0x80) continue;
      at_ += i + 1;
      return i < 9 || byte <= 1;  // else it has more than 64 bits
    }
    return false;
  }

  const std::byte* at_;
  const std::byte* end_;
  bool ok_ = true;
};

/// Reads the fields of a message.
class FieldReader : private VarintReader {
 public:
  using VarintReader::ok;
  using VarintReader::VarintReader;

  /// The next field. False at the end, and at an invalid field: see ok().
  bool next(Field& field) noexcept {
    if (at_ == end_) return false;
    if (read_short(field)) return true;
    ok_ = read(field);
    return ok_;
  }

 private:
  /// The usual case: less than 128 bytes, of a field with a number below 16. False if the next field is another one.
  bool read_short(Field& field) noexcept {
    constexpr auto long_varint = std::byte{0x80};
    if (left() < 2 || ((at_[0] | at_[1]) & long_varint) != std::byte{0}) return false;
    const auto tag = std::to_integer<std::uint32_t>(at_[0]);
    const auto bytes = std::to_integer<std::size_t>(at_[1]);
    if ((tag & 7U) != static_cast<std::uint32_t>(WireType::bytes) || tag < 8 || bytes > left() - 2) return false;
    field = {.number = tag >> 3U, .type = WireType::bytes, .value = bytes, .bytes = {at_ + 2, bytes}};
    at_ += 2 + bytes;
    return true;
  }

  bool read(Field& field) noexcept {
    field.bytes = {};
    std::uint64_t tag = 0;
    if (!read_varint(tag) || tag > UINT32_MAX) return false;
    field.number = static_cast<std::uint32_t>(tag >> 3U);
    field.type = static_cast<WireType>(tag & 7U);
    if (field.number == 0) return false;
    switch (field.type) {
      case WireType::varint:
        return read_varint(field.value);
      case WireType::fixed64:
        return read_fixed(field.value, 8);
      case WireType::fixed32:
        return read_fixed(field.value, 4);
      case WireType::bytes:
        if (!read_varint(field.value) || field.value > left()) return false;
        field.bytes = {at_, static_cast<std::size_t>(field.value)};
        at_ += field.value;
        return true;
    }
    return false;  // groups and undefined wire types
  }

  bool read_fixed(std::uint64_t& value, std::size_t bytes) noexcept {
    if (left() < bytes) return false;
    value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value |= std::to_integer<std::uint64_t>(at_[i]) << (8 * i);
    at_ += bytes;
    return true;
  }
};

/// A signed number as it is written: extended to 64 bits.
constexpr std::uint64_t extended(std::int32_t number) noexcept {
  return static_cast<std::uint64_t>(std::int64_t{number});
}

constexpr std::size_t varint_bytes(std::uint64_t value) noexcept {
  return (static_cast<std::size_t>(std::bit_width(value | 1U)) + 6) / 7;
}

/// The size of a number that is not zero, with its tag; for field numbers up to 15.
constexpr std::size_t number_field_bytes(std::uint64_t value) noexcept { return 1 + varint_bytes(value); }

/// The size of a field of `bytes` bytes, with its tag and length; for field numbers up to 15.
constexpr std::size_t bytes_field_bytes(std::size_t bytes) noexcept { return 1 + varint_bytes(bytes) + bytes; }

/// Writes fields one after another into a buffer that is large enough. Field numbers up to 15.
class FieldWriter {
 public:
  explicit FieldWriter(std::byte* at) noexcept : at_(at) {}

  std::byte* at() const noexcept { return at_; }

  /// A number; like protobuf, writes nothing for zero.
  void number(unsigned field, std::uint64_t value) noexcept {
    if (value == 0) return;
    tag(field, WireType::varint);
    varint(value);
  }
  void fixed64(unsigned field, std::uint64_t value) noexcept {
    if (value == 0) return;
    tag(field, WireType::fixed64);
    for (unsigned i = 0; i < 8; ++i) *at_++ = static_cast<std::byte>(value >> (8 * i));
  }
  /// Text; like protobuf, writes nothing for "". Returns the written text.
  std::string_view text(unsigned field, std::string_view value) noexcept {
    if (value.empty()) return {};
    begin_bytes(field, value.size());
    raw(bytes_of(value));
    return {reinterpret_cast<const char*>(at_) - value.size(), value.size()};
  }
  /// Tag and length of a field; its `bytes` bytes follow.
  void begin_bytes(unsigned field, std::size_t bytes) noexcept {
    tag(field, WireType::bytes);
    varint(bytes);
  }
  /// A number without a tag, as in packed fields.
  void varint(std::uint64_t value) noexcept {
    for (; value >= 0x80; value >>= 7U) *at_++ = static_cast<std::byte>(value | 0x80U);
    *at_++ = static_cast<std::byte>(value);
  }
  void raw(Bytes bytes) noexcept {
    if (!bytes.empty()) std::memcpy(at_, bytes.data(), bytes.size());  // which takes no null pointer
    at_ += bytes.size();
  }
  /// Four bytes, the most significant first.
  void big_endian(std::uint32_t value) noexcept {
    for (int shift = 24; shift >= 0; shift -= 8) *at_++ = static_cast<std::byte>(value >> shift);
  }

 private:
  void tag(unsigned field, WireType type) noexcept {
    *at_++ = static_cast<std::byte>((field << 3U) | static_cast<unsigned>(type));
  }

  std::byte* at_;
};

}  // namespace exocast
