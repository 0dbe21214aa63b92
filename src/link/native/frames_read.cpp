// SPDX-License-Identifier: Apache-2.0
#include <optional>
#include <utility>

#include "base/text.h"
#include "link/native/frames.h"

namespace exocast::native {
namespace {

template <class Value>
using Read = std::expected<Value, std::string_view>;

constexpr auto malformed = std::string_view("the frame is malformed");

/// As protobuf's sint64, in two's complement.
constexpr std::uint64_t unzigzag(std::uint64_t number) noexcept { return (number >> 1U) ^ (0 - (number & 1U)); }

std::optional<RefusedNumber> read_refusal(Bytes body) {
  RefusedNumber refusal{.error = Status::unknown("")};
  FieldReader reader(body);
  Field field;
  while (reader.next(field)) {
    if (field.number == 1 && field.type == WireType::varint) refusal.number = field.value;
    if (field.number == 2) refusal.error.code = status_code_of(text_of(field.bytes));
    if (field.number == 3) refusal.error.text = cut(text_of(field.bytes), text_bytes_max);
  }
  if (!reader.ok()) return std::nullopt;
  if (refusal.error.code == StatusCode::ok) refusal.error.code = StatusCode::unknown;  // a refusal cannot be `ok`
  return refusal;
}

/// False if it is invalid, or one too many.
bool add_refusal(std::vector<RefusedNumber>& refused, Bytes body) {
  auto refusal = read_refusal(body);
  if (!refusal || refused.size() == window_messages_max) return false;
  refused.push_back(*std::move(refusal));
  return true;
}

Read<AnyFrame> read_hello(Bytes body) {
  Hello hello;
  hello.version = hello.version_max = 0;
  FieldReader reader(body);
  Field field;
  while (reader.next(field)) {
    if (field.number == 1) hello.version = static_cast<std::uint32_t>(field.value);
    if (field.number == 2) hello.session = field.value;
    if (field.number == 3) hello.node_id = cut(text_of(field.bytes), node_id_bytes_max);
    if (field.number == 4) hello.settled = field.value;
    if (field.number == 5) hello.message_bytes_max = field.value;
    if (field.number == 6) hello.version_max = static_cast<std::uint32_t>(field.value);
  }
  if (!reader.ok()) return std::unexpected(malformed);
  if (hello.version_max == 0) hello.version_max = hello.version;  // a sender of version 1
  return hello;
}

Read<AnyFrame> read_welcome(Bytes body) {
  Welcome welcome;
  welcome.version = 0;
  FieldReader reader(body);
  Field field;
  while (reader.next(field)) {
    if (field.number == 1) welcome.version = static_cast<std::uint32_t>(field.value);
    if (field.number == 2) welcome.incarnation = field.value;
    if (field.number == 3) welcome.handled = field.value;
    if (field.number == 4 && !add_refusal(welcome.refused, field.bytes)) return std::unexpected(malformed);
    if (field.number == 5) welcome.node_id = cut(text_of(field.bytes), node_id_bytes_max);
    if (field.number == 6) welcome.message_bytes_max = field.value;
    if (field.number == 7) welcome.window_messages = field.value;
    if (field.number == 8) welcome.window_bytes = field.value;
  }
  if (!reader.ok()) return std::unexpected(malformed);
  return welcome;
}

Read<AnyFrame> read_ack(Bytes body) {
  Ack ack;
  FieldReader reader(body);
  Field field;
  while (reader.next(field)) {
    if (field.number == 1) ack.handled = field.value;
    if (field.number == 2 && !add_refusal(ack.refused, field.bytes)) return std::unexpected(malformed);
  }
  if (!reader.ok()) return std::unexpected(malformed);
  return ack;
}

Read<AnyFrame> read_goodbye(Bytes body) {
  Goodbye goodbye;
  FieldReader reader(body);
  Field field;
  while (reader.next(field)) {
    if (field.number == 1 && field.value <= std::to_underlying(Farewell::overloaded)) {
      goodbye.reason = static_cast<Farewell>(field.value);
    }
    if (field.number == 2) goodbye.text = cut(text_of(field.bytes), text_bytes_max);
  }
  if (!reader.ok()) return std::unexpected(malformed);
  return goodbye;
}

/// False if the numbers are not pairs of a first and a last position.
bool read_ranges(Bytes packed, std::vector<PositionRange>& ranges) {
  VarintReader numbers(packed);
  PositionRange range;
  while (numbers.next(range.first)) {
    if (!numbers.next(range.last) || range.first == 0 || range.first > range.last) return false;
    if (ranges.size() == LogProgress::ranges_max) return false;
    ranges.push_back(range);
  }
  return numbers.ok();
}

Read<AnyFrame> read_log(Bytes body) {
  LogNews news;
  std::uint64_t stream_class = 0;
  FieldReader reader(body);
  Field field;
  while (reader.next(field)) {
    if (field.number == 1) news.log = field.value;
    if (field.number == 2) stream_class = field.value;
    if (field.number == 3) news.after = field.value;
    if (field.number == 4) news.settled = field.value;
    if (field.number == 5 && !read_ranges(field.bytes, news.incomplete)) return std::unexpected(malformed);
  }
  if (!reader.ok()) return std::unexpected(malformed);
  if (news.log == 0 || stream_class == 0 || stream_class > all_stream_classes.size()) {
    return std::unexpected("a log without an id or a class");
  }
  news.stream_class = all_stream_classes[stream_class - 1];
  return news;
}

/// The steps of a batch of `messages`: one between each two, to positions from 1 on.
bool are_steps(VarintReader steps, std::uint64_t position, std::size_t messages) noexcept {
  std::uint64_t step = 0;
  std::size_t count = 0;
  while (steps.next(step)) {
    position += unzigzag(step);
    if (position == 0 || ++count == messages) return false;
  }
  return steps.ok() && count + 1 == messages;
}

/// An item is one message.
bool read_item(Bytes body, Item& item) noexcept {
  FieldReader reader(body);
  Field field;
  if (!reader.next(field) || field.type != WireType::bytes) return false;
  item = {.request = field.bytes};
  switch (field.number) {
    case item_field::result:
      item.kind = MessageKind::tokens;
      break;
    case item_field::status:
      item.kind = MessageKind::status;
      break;
    case item_field::data:
      item.kind = MessageKind::data;
      break;
    default:
      item.unknown_kind = field.number;
  }
  return !reader.next(field) && reader.ok();
}

}  // namespace

std::string_view to_string(Farewell reason) noexcept {
  switch (reason) {
    case Farewell::version:
      return "version";
    case Farewell::protocol:
      return "protocol";
    case Farewell::too_large:
      return "too_large";
    case Farewell::shutting_down:
      return "shutting_down";
    case Farewell::superseded:
      return "superseded";
    case Farewell::overloaded:
      return "overloaded";
    case Farewell::unspecified:
      break;
  }
  return "unspecified";
}

bool Batch::next(Item& item) noexcept {
  Field field;
  while (items_.next(field)) {
    if (field.number == batch_field::items) return read_item(field.bytes, item);
  }
  return false;
}

void Batch::step() noexcept {
  std::uint64_t step = 0;
  if (position == 0) return;
  position += consecutive_ || !steps_.next(step) ? 1 : unzigzag(step);
}

std::expected<Batch, std::string_view> read_batch(Bytes body) noexcept {
  Batch batch;
  batch.items_ = FieldReader(body);
  FieldReader reader(body);
  Field field;
  Item item;
  while (reader.next(field)) {
    if (field.number == batch_field::first) batch.first = field.value;
    if (field.number == batch_field::settled) batch.settled = field.value;
    if (field.number == batch_field::missed) batch.missed = field.value;
    if (field.number == batch_field::position) batch.position = field.value;
    if (field.number == batch_field::log_settled) batch.log_settled = field.value;
    if (field.number == batch_field::steps) {
      batch.steps_ = VarintReader(field.bytes);
      batch.consecutive_ = false;
    }
    if (field.number != batch_field::items) continue;
    if (field.type != WireType::bytes || !read_item(field.bytes, item)) return std::unexpected(malformed);
    if (++batch.messages > batch_messages_max) return std::unexpected("the batch has too many messages");
  }
  if (!reader.ok()) return std::unexpected(malformed);
  if (batch.first == 0 || batch.messages == 0) return std::unexpected("the batch is empty or not numbered");
  if (batch.position == 0 && batch.log_settled != 0) return std::unexpected(malformed);
  const bool is_known = batch.position != 0 && !batch.consecutive_;
  if (is_known && !are_steps(batch.steps_, batch.position, batch.messages)) return std::unexpected(malformed);
  return batch;
}

std::expected<AnyFrame, std::string_view> read_frame(Bytes frame) {
  FieldReader reader(frame);
  Field field;
  if (!reader.next(field) || field.type != WireType::bytes) return std::unexpected(malformed);
  const unsigned kind = field.number;
  const Bytes body = field.bytes;
  if (reader.next(field) || !reader.ok()) return std::unexpected(malformed);
  if (kind == frame_field::batch) {
    auto batch = read_batch(body);
    if (!batch) return std::unexpected(batch.error());
    return *batch;
  }
  if (frame.size() > control_frame_bytes_max) return std::unexpected("the frame is too long for its kind");
  switch (kind) {
    case frame_field::hello:
      return read_hello(body);
    case frame_field::welcome:
      return read_welcome(body);
    case frame_field::ack:
      return read_ack(body);
    case frame_field::goodbye:
      return read_goodbye(body);
    case frame_field::log:
      return read_log(body);
    default:
      return std::unexpected("the frame is of an unknown kind");
  }
}

}  // namespace exocast::native
