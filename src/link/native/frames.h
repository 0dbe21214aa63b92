// SPDX-License-Identifier: Apache-2.0
#pragma once
// Frames: the messages of the native protocol as values, and how they are written and read. Internal to this folder.
// docs/wire.md describes the bytes, message/proto/native.proto the fields.
//
// Pure functions. A Batch points into the bytes it was read from.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "exocast/link.h"
#include "message/fields.h"
#include "message/item_head.h"

namespace exocast::native {

/// The versions of the protocol that are spoken here.
constexpr std::uint32_t wire_version_min = 1;
constexpr std::uint32_t wire_version_max = 3;
/// The first version with data messages, in which an item of an unknown kind is refused by its number.
constexpr std::uint32_t data_version = 2;
/// The first version with positions in logs, and news of logs.
constexpr std::uint32_t log_version = 3;

// The field numbers of native.proto.
namespace frame_field {
enum : unsigned { hello = 1, welcome = 2, batch = 3, ack = 4, goodbye = 5, log = 6 };
}
namespace batch_field {
enum : unsigned { first = 1, settled = 2, items = items_field, missed = 4, position = 5, log_settled = 6, steps = 7 };
}

/// A frame begins with the length of the rest, in this many bytes.
constexpr std::size_t length_bytes = 4;
/// Limits of a batch: messages, and bytes of messages; a single message may be longer.
constexpr std::size_t batch_messages_max = 256;
constexpr std::size_t batch_bytes_max = std::size_t{64} << 10;
/// The largest overhead of a batch: 12 bytes per message and 10 for the step to its position, and 69 bytes in all.
constexpr std::size_t batch_overhead_max = batch_messages_max * (12 + 10) + 69;
/// The largest size of any other frame.
constexpr std::size_t control_frame_bytes_max = std::size_t{1} << 20;
/// The most unanswered messages: their refusals fit into one frame.
constexpr std::size_t window_messages_max = 4096;
constexpr std::size_t code_bytes_max = 32;
constexpr std::size_t text_bytes_max = 160;
constexpr std::size_t node_id_bytes_max = 256;

/// The longest frame, without its length, for messages of up to `message_bytes_max` bytes.
constexpr std::size_t frame_bytes_max(std::size_t message_bytes_max) noexcept {
  return (message_bytes_max > batch_bytes_max ? message_bytes_max : batch_bytes_max) + batch_overhead_max;
}

/// A refused message, by its number.
struct RefusedNumber {
  std::uint64_t number = 0;
  Status error;
};

struct Hello {
  std::uint32_t version = wire_version_min;  ///< the oldest one that the sender speaks
  std::uint64_t session = 0;
  std::string node_id = {};
  std::uint64_t settled = 0;
  std::uint64_t message_bytes_max = 0;
  std::uint32_t version_max = wire_version_max;  ///< the newest one
};

struct Welcome {
  std::uint32_t version = wire_version_max;  ///< of the connection
  std::uint64_t incarnation = 0;
  std::uint64_t handled = 0;
  std::vector<RefusedNumber> refused = {};
  std::string node_id = {};
  std::uint64_t message_bytes_max = 0;
  std::uint64_t window_messages = 0;
  std::uint64_t window_bytes = 0;
};

struct Ack {
  std::uint64_t handled = 0;
  std::vector<RefusedNumber> refused = {};
};

enum class Farewell : std::uint8_t {
  unspecified = 0,
  version = 1,
  protocol = 2,
  too_large = 3,
  shutting_down = 4,
  superseded = 5,
  overloaded = 6,
};
/// "version", "shutting_down" and so on; "unspecified" for an unknown number.
std::string_view to_string(Farewell reason) noexcept;

struct Goodbye {
  Farewell reason = Farewell::unspecified;
  std::string text = {};
};

/// One message of a batch, still encoded.
struct Item {
  MessageKind kind = MessageKind::tokens;
  Bytes request = {};
  std::uint32_t unknown_kind = 0;  ///< its field number, if it is of a kind that is not known here
};

/// A received batch. It is checked as a whole before the first item is taken.
class Batch {
 public:
  std::uint64_t first = 0;
  std::uint64_t settled = 0;
  std::uint64_t missed = 0;
  std::uint64_t position = 0;  ///< of the next item in the log of the connection; 0: not known
  std::uint64_t log_settled = 0;
  std::size_t messages = 0;

  /// The next item; false after the last.
  bool next(Item& item) noexcept;
  /// Call it between two items: position becomes that of the second.
  void step() noexcept;

 private:
  friend std::expected<Batch, std::string_view> read_batch(Bytes body) noexcept;
  FieldReader items_{Bytes()};
  VarintReader steps_{Bytes()};
  bool consecutive_ = true;
};

/// From 1 on, as in Log.stream_class.
constexpr std::uint32_t number_of(StreamClass stream_class) noexcept { return std::to_underlying(stream_class) + 1U; }

using AnyFrame = std::variant<Hello, Welcome, Batch, Ack, Goodbye, LogNews>;

/// Reads a frame without its length. The error is one line about the fault.
std::expected<AnyFrame, std::string_view> read_frame(Bytes frame);

/// Write whole frames, with their length.
std::string write(const Hello& hello);
std::string write(const Welcome& welcome);
std::string write(const Ack& ack);
std::string write(const Goodbye& goodbye);
std::string write(const LogNews& news);

/// An Ack without refusals, into at least plain_ack_bytes_max bytes; returns its length.
constexpr std::size_t plain_ack_bytes_max = length_bytes + 2 + 11;
std::size_t write_plain_ack(std::byte* into, std::uint64_t handled) noexcept;

/// Computes the sizes of a batch and its parts: the head, then for each message an item head and the message's bytes.
class BatchLayout {
 public:
  BatchLayout(std::uint64_t first, std::uint64_t settled, std::uint64_t missed = 0) noexcept;

  /// Adds where its messages are in the log that the peer was told of, and how far that is settled, if that is news.
  void set_log(std::uint64_t position, std::uint64_t log_settled, std::span<const std::int64_t> steps) noexcept;

  /// A message, or several, whose items have `item_bytes` together.
  void add(std::size_t item_bytes) noexcept { body_bytes_ += item_bytes; }

  /// The most that write_head() writes.
  std::size_t head_bytes_max() const noexcept { return length_bytes + 6 + 11 * 5 + 4 + steps_.size() * 10; }

  /// The size of the whole frame, with its length; call it after the last message was added.
  std::size_t frame_bytes() const noexcept { return length_bytes + bytes_field_bytes(body_bytes_); }

  void write_head(FieldWriter& writer) const noexcept;

 private:
  std::uint64_t first_;
  std::uint64_t settled_;
  std::uint64_t missed_;
  std::uint64_t position_ = 0;
  std::uint64_t log_settled_ = 0;
  std::span<const std::int64_t> steps_ = {};
  std::size_t steps_bytes_ = 0;
  std::size_t body_bytes_;
};

}  // namespace exocast::native
