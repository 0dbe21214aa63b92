// SPDX-License-Identifier: Apache-2.0
#include <string>
#include <utility>

#include "base/text.h"
#include "link/native/frames.h"

namespace exocast::native {
namespace {

void write_refused(std::string& body, unsigned field, const std::vector<RefusedNumber>& refused) {
  for (const RefusedNumber& refusal : refused) {
    std::byte content[1 + 10 + bytes_field_bytes(code_bytes_max) + bytes_field_bytes(text_bytes_max)];
    static_assert(sizeof(content) < 256);
    FieldWriter inner(content);
    inner.number(1, refusal.number);
    inner.text(2, to_string(refusal.error.code));
    inner.text(3, cut(refusal.error.text, text_bytes_max));
    const auto bytes = static_cast<std::size_t>(inner.at() - content);
    std::byte head[4];
    FieldWriter outer(head);
    outer.begin_bytes(field, bytes);
    body.append(text_of({head, outer.at()}));
    body.append(text_of({content, bytes}));
  }
}

/// The frame whose single field has this body.
std::string framed(unsigned field, std::string_view body) {
  std::string frame(length_bytes + bytes_field_bytes(body.size()), '\0');
  FieldWriter writer(reinterpret_cast<std::byte*>(frame.data()));
  writer.big_endian(static_cast<std::uint32_t>(frame.size() - length_bytes));
  writer.begin_bytes(field, body.size());
  writer.raw(bytes_of(body));
  return frame;
}

/// What `fill` writes into a buffer of `bytes_max` bytes.
template <class Fill>
std::string fields(std::size_t bytes_max, Fill fill) {
  std::string body(bytes_max, '\0');
  auto* begin = reinterpret_cast<std::byte*>(body.data());
  FieldWriter writer(begin);
  fill(writer);
  body.resize(static_cast<std::size_t>(writer.at() - begin));
  return body;
}

constexpr std::size_t number_bytes_max = 11;

/// The size of a number with its tag; like protobuf, zero is not written.
constexpr std::size_t field_bytes(std::uint64_t value) noexcept { return value == 0 ? 0 : number_field_bytes(value); }

/// As protobuf's sint64: small steps back are short, too.
constexpr std::uint64_t zigzag(std::int64_t number) noexcept {
  return (static_cast<std::uint64_t>(number) << 1U) ^ static_cast<std::uint64_t>(number >> 63);
}

}  // namespace

std::string write(const Hello& hello) {
  const std::string_view node_id = cut(hello.node_id, node_id_bytes_max);
  return framed(frame_field::hello, fields(5 * number_bytes_max + bytes_field_bytes(node_id.size()), [&](auto& out) {
                  out.number(1, hello.version);
                  out.fixed64(2, hello.session);
                  out.text(3, node_id);
                  out.number(4, hello.settled);
                  out.number(5, hello.message_bytes_max);
                  out.number(6, hello.version_max);
                }));
}

std::string write(const Welcome& welcome) {
  std::string body = fields(4 * number_bytes_max, [&](auto& out) {
    out.number(1, welcome.version);
    out.fixed64(2, welcome.incarnation);
    out.number(3, welcome.handled);
  });
  write_refused(body, 4, welcome.refused);
  const std::string_view node_id = cut(welcome.node_id, node_id_bytes_max);
  body += fields(3 * number_bytes_max + bytes_field_bytes(node_id.size()), [&](auto& out) {
    out.text(5, node_id);
    out.number(6, welcome.message_bytes_max);
    out.number(7, welcome.window_messages);
    out.number(8, welcome.window_bytes);
  });
  return framed(frame_field::welcome, body);
}

std::string write(const Ack& ack) {
  std::string body = fields(number_bytes_max, [&](auto& out) { out.number(1, ack.handled); });
  write_refused(body, 2, ack.refused);
  return framed(frame_field::ack, body);
}

std::string write(const Goodbye& goodbye) {
  const std::string_view text = cut(goodbye.text, text_bytes_max);
  return framed(frame_field::goodbye, fields(number_bytes_max + bytes_field_bytes(text.size()), [&](auto& out) {
                  out.number(1, std::to_underlying(goodbye.reason));
                  out.text(2, text);
                }));
}

std::string write(const LogNews& news) {
  std::size_t packed_bytes = 0;
  for (const auto& [first, last] : news.incomplete) packed_bytes += varint_bytes(first) + varint_bytes(last);
  return framed(frame_field::log, fields(4 * number_bytes_max + bytes_field_bytes(packed_bytes), [&](auto& out) {
                  out.fixed64(1, news.log);
                  out.number(2, number_of(news.stream_class));
                  out.number(3, news.after);
                  out.number(4, news.settled);
                  if (packed_bytes == 0) return;
                  out.begin_bytes(5, packed_bytes);
                  for (const auto& [first, last] : news.incomplete) {
                    out.varint(first);
                    out.varint(last);
                  }
                }));
}

std::size_t write_plain_ack(std::byte* into, std::uint64_t handled) noexcept {
  const std::size_t body_bytes = handled == 0 ? 0 : 1 + varint_bytes(handled);
  FieldWriter writer(into);
  writer.big_endian(static_cast<std::uint32_t>(bytes_field_bytes(body_bytes)));
  writer.begin_bytes(frame_field::ack, body_bytes);
  writer.number(1, handled);
  return static_cast<std::size_t>(writer.at() - into);
}

BatchLayout::BatchLayout(std::uint64_t first, std::uint64_t settled, std::uint64_t missed) noexcept
    : first_(first),
      settled_(settled),
      missed_(missed),
      body_bytes_(field_bytes(first) + field_bytes(settled) + field_bytes(missed)) {}

void BatchLayout::set_log(std::uint64_t position, std::uint64_t log_settled,
                          std::span<const std::int64_t> steps) noexcept {
  position_ = position;
  log_settled_ = log_settled;
  steps_ = steps;
  for (const std::int64_t step : steps) steps_bytes_ += varint_bytes(zigzag(step));
  body_bytes_ +=
      field_bytes(position) + field_bytes(log_settled) + (steps.empty() ? 0 : bytes_field_bytes(steps_bytes_));
}

void BatchLayout::write_head(FieldWriter& writer) const noexcept {
  writer.big_endian(static_cast<std::uint32_t>(frame_bytes() - length_bytes));
  writer.begin_bytes(frame_field::batch, body_bytes_);
  writer.number(batch_field::first, first_);
  writer.number(batch_field::settled, settled_);
  writer.number(batch_field::missed, missed_);
  writer.number(batch_field::position, position_);
  writer.number(batch_field::log_settled, log_settled_);
  if (steps_.empty()) return;
  writer.begin_bytes(batch_field::steps, steps_bytes_);
  for (const std::int64_t step : steps_) writer.varint(zigzag(step));
}

}  // namespace exocast::native
