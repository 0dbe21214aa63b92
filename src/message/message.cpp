// SPDX-License-Identifier: Apache-2.0
#include "exocast/message.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <limits>
#include <type_traits>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/text.h"
#include "exocast/gather/detail/frame_cache.h"
#include "message/fields.h"
#include "message/item_head.h"
#include "message/json_text.h"
#include "message/proto/node_service.pb.h"
#include "message/request_fields.h"

namespace exocast {
namespace {

using node_service::SendOpaqueStatusRequest;
using node_service::SendResultRequest;

constexpr std::size_t max_bytes = std::numeric_limits<std::int32_t>::max();           // protobuf's sizes are int
constexpr std::array<std::string_view, 3> kind_names = {"tokens", "status", "data"};  // by MessageKind
constexpr auto unreadable = "the message cannot be parsed";
constexpr auto bad_request_id = "the request id is not UTF-8";

std::string too_large(std::size_t bytes) {
  return fmt::format("a message of {} bytes is over the limit of {} bytes (2 GiB - 1)", bytes, max_bytes);
}

std::optional<std::string> status_fault(std::string_view text) {
  if (const auto fault = json_fault(text)) return "the status is not acceptable JSON: " + *fault;
  return std::nullopt;
}

std::optional<std::string> fault_in(const SendResultRequest& request) {
  if (!is_utf8(request.request_id())) return bad_request_id;
  if (!is_utf8(request.tensor().dtype())) return "the data type of the tensor is not UTF-8";
  return std::nullopt;
}

std::optional<std::string> fault_in(const SendOpaqueStatusRequest& request) {
  if (!is_utf8(request.request_id())) return bad_request_id;
  return status_fault(request.status());
}

std::optional<std::string> topic_fault(std::string_view topic) {
  if (topic.size() > Message::topic_bytes_max) {
    return fmt::format("the topic has {} bytes, {} at most", topic.size(), Message::topic_bytes_max);
  }
  if (!is_utf8(topic)) return "the topic is not UTF-8";
  return std::nullopt;
}

std::size_t text_bytes(std::string_view text) { return text.empty() ? 0 : bytes_field_bytes(text.size()); }

/// The size of `tokens` on the wire. A list that is certainly too long is not read; then the result is a lower bound.
std::size_t packed_bytes(std::span<const std::int32_t> tokens) {
  if (tokens.size() > max_bytes) return tokens.size();
  std::size_t bytes = 0;
  for (const std::int32_t token : tokens) bytes += varint_bytes(extended(token));
  return bytes;
}

}  // namespace

std::string_view to_string(MessageKind kind) noexcept { return kind_names[static_cast<std::size_t>(kind)]; }

std::optional<MessageKind> message_kind_of(std::string_view name) noexcept {
  const auto* found = std::ranges::find(kind_names, name);
  if (found == kind_names.end()) return std::nullopt;
  return static_cast<MessageKind>(found - kind_names.begin());
}

/// What a message says. One allocation holds it, then its numbers, then its encoding, maybe with an item's head before
/// it; the views point there.
struct Message::State {
  MessageKind kind;
  bool finished = false;
  bool has_tensor = false;
  std::string_view id = {};       // the request id, or the topic of data
  std::string_view content = {};  // the text of a status, the data of a tensor, or the payload of data
  std::string_view dtype = {};
  std::span<const std::int32_t> numbers = {};  // the tokens, or the shape of a tensor
  std::string_view encoded = {};
  std::uint8_t head_bytes = 0;  // before `encoded`: see framed()

  /// A state to be filled, and its room.
  struct Draft {
    std::shared_ptr<State> state;
    std::int32_t* numbers;
    char* encoded;
  };
  static Draft draft(MessageKind kind, std::size_t number_count, std::size_t encoded_bytes, std::size_t head_bytes = 0);
  static Draft framed_draft(MessageKind kind, std::size_t number_count, std::size_t encoded_bytes);
  static std::shared_ptr<const State> of_tokens(std::string_view request_id, std::span<const std::int32_t> tokens,
                                                std::size_t packed, bool finished);
  static std::shared_ptr<const State> of_text(MessageKind kind, std::string_view id, std::string_view content);
  // Of `fields`, which were read from `encoded`.
  static std::shared_ptr<const State> copied(MessageKind kind, const RequestFields& fields, std::string_view encoded);
  static std::shared_ptr<const State> referring(MessageKind kind, const RequestFields& fields, std::string_view encoded,
                                                std::shared_ptr<const void> owner);
  static std::shared_ptr<const State> read(Draft draft, const RequestFields& fields, const char* fields_begin);
};

Message::State::Draft Message::State::draft(MessageKind kind, std::size_t number_count, std::size_t encoded_bytes,
                                            std::size_t head_bytes) {
  using Word = std::uint64_t;
  static_assert(alignof(State) <= alignof(Word) && std::is_trivially_destructible_v<State>);
  const std::size_t bytes = sizeof(State) + number_count * sizeof(std::int32_t) + head_bytes + encoded_bytes;
  auto memory =
      std::allocate_shared_for_overwrite<Word[]>(FrameAllocator<Word>(), (bytes + sizeof(Word) - 1) / sizeof(Word));
  auto* state = new (memory.get()) State{.kind = kind};
  auto* numbers = reinterpret_cast<std::int32_t*>(state + 1);
  auto* encoded = reinterpret_cast<char*>(numbers + number_count) + head_bytes;
  state->head_bytes = static_cast<std::uint8_t>(head_bytes);
  state->numbers = {numbers, number_count};
  state->encoded = {encoded, encoded_bytes};
  return {.state = {std::move(memory), state}, .numbers = numbers, .encoded = encoded};
}

/// The head of a draft that is to be sent is written here.
Message::State::Draft Message::State::framed_draft(MessageKind kind, std::size_t number_count,
                                                   std::size_t encoded_bytes) {
  if (encoded_bytes > framed_bytes_max) return draft(kind, number_count, encoded_bytes);
  const std::size_t head_bytes = item_head_bytes(encoded_bytes);
  Draft made = draft(kind, number_count, encoded_bytes, head_bytes);
  FieldWriter writer(reinterpret_cast<std::byte*>(made.encoded - head_bytes));
  write_item_head(writer, kind, encoded_bytes);
  return made;
}

/// `packed`: packed_bytes(tokens).
std::shared_ptr<const Message::State> Message::State::of_tokens(std::string_view request_id,
                                                                std::span<const std::int32_t> tokens,
                                                                std::size_t packed, bool finished) {
  const std::size_t bytes = text_bytes(request_id) + (tokens.empty() ? 0 : bytes_field_bytes(packed)) +
                            (finished ? number_field_bytes(1) : 0);
  Draft made = framed_draft(MessageKind::tokens, tokens.size(), bytes);
  std::ranges::copy(tokens, made.numbers);
  FieldWriter writer(reinterpret_cast<std::byte*>(made.encoded));
  made.state->id = writer.text(1, request_id);
  if (!tokens.empty()) writer.begin_bytes(2, packed);
  for (const std::int32_t token : tokens) writer.varint(extended(token));
  writer.number(4, finished ? 1 : 0);
  made.state->finished = finished;
  return std::move(made.state);
}

/// A status or data: both have an id in field 1 and the content in field 2.
std::shared_ptr<const Message::State> Message::State::of_text(MessageKind kind, std::string_view id,
                                                              std::string_view content) {
  Draft made = framed_draft(kind, 0, text_bytes(id) + text_bytes(content));
  FieldWriter writer(reinterpret_cast<std::byte*>(made.encoded));
  made.state->id = writer.text(1, id);
  made.state->content = writer.text(2, content);
  return std::move(made.state);
}

/// The state of `draft`, whose encoding is written. `fields` were read from it, or from the same bytes elsewhere, which
/// begin at `fields_begin`.
std::shared_ptr<const Message::State> Message::State::read(Draft draft, const RequestFields& fields,
                                                           const char* fields_begin) {
  const auto here = [&](std::string_view view) {
    return view.empty() ? view : std::string_view(draft.encoded + (view.data() - fields_begin), view.size());
  };
  State& state = *draft.state;
  state.finished = fields.finished;
  state.has_tensor = fields.has_tensor;
  state.id = here(fields.id);
  state.content = here(fields.content);
  state.dtype = here(fields.dtype);
  unpack(fields.numbers, draft.numbers);
  return std::move(draft.state);
}

std::shared_ptr<const Message::State> Message::State::copied(MessageKind kind, const RequestFields& fields,
                                                             std::string_view encoded) {
  Draft made = draft(kind, fields.number_count, encoded.size());
  std::ranges::copy(encoded, made.encoded);
  return read(std::move(made), fields, encoded.data());
}

/// Only the numbers are copied; `owner` keeps the rest alive.
std::shared_ptr<const Message::State> Message::State::referring(MessageKind kind, const RequestFields& fields,
                                                                std::string_view encoded,
                                                                std::shared_ptr<const void> owner) {
  struct Kept {
    std::shared_ptr<const State> state;
    std::shared_ptr<const void> owner;
  };
  Draft made = draft(kind, fields.number_count, 0);
  made.state->encoded = encoded;
  made.encoded = const_cast<char*>(encoded.data());  // read() writes nothing there
  auto kept = std::make_shared<const Kept>(read(std::move(made), fields, encoded.data()), std::move(owner));
  const State* state = kept->state.get();
  return {std::move(kept), state};
}

Message::Message(std::shared_ptr<const State> state) noexcept : state_(std::move(state)) {}

// The factories refuse content over the limit before they look at all of it.
std::expected<Message, std::string> Message::token_result(std::string_view request_id,
                                                          std::span<const std::int32_t> tokens, bool finished) {
  const std::size_t packed = packed_bytes(tokens);
  if (request_id.size() + packed > max_bytes) return std::unexpected(too_large(request_id.size() + packed));
  if (!is_utf8(request_id)) return std::unexpected(bad_request_id);
  Message message(State::of_tokens(request_id, tokens, packed, finished));
  if (message.bytes() > max_bytes) return std::unexpected(too_large(message.bytes()));
  return message;
}

std::expected<Message, std::string> Message::opaque_status(std::string_view request_id, std::string_view json_text) {
  const std::size_t at_least = request_id.size() + json_text.size();
  if (at_least > max_bytes) return std::unexpected(too_large(at_least));
  if (!is_utf8(request_id)) return std::unexpected(bad_request_id);
  if (auto fault = status_fault(json_text)) return std::unexpected(*std::move(fault));
  Message message(State::of_text(MessageKind::status, request_id, json_text));
  if (message.bytes() > max_bytes) return std::unexpected(too_large(message.bytes()));
  return message;
}

std::expected<Message, std::string> Message::data(std::string_view topic, std::string_view payload) {
  if (auto fault = topic_fault(topic)) return std::unexpected(*std::move(fault));
  const std::size_t bytes = text_bytes(topic) + text_bytes(payload);
  if (bytes > max_bytes) return std::unexpected(too_large(bytes));
  return Message(State::of_text(MessageKind::data, topic, payload));
}

std::expected<Message, std::string> Message::of_content(MessageKind kind, std::string_view id, std::string content) {
  assert(kind != MessageKind::tokens);
  if (content.size() <= framed_bytes_max || text_bytes(id) + text_bytes(content) > max_bytes) {
    return kind == MessageKind::data ? data(id, content) : opaque_status(id, content);
  }
  if (kind == MessageKind::data) {
    if (auto fault = topic_fault(id)) return std::unexpected(*std::move(fault));
  } else {
    if (!is_utf8(id)) return std::unexpected(bad_request_id);
    if (!is_utf8(content)) return std::unexpected(*status_fault(content));
  }
  std::string head(text_bytes(id) + text_bytes(content) - content.size(), '\0');
  FieldWriter writer(reinterpret_cast<std::byte*>(head.data()));
  writer.text(1, id);
  writer.begin_bytes(2, content.size());
  content.insert(0, head);
  const auto encoded = std::make_shared<const std::string>(std::move(content));
  return from_encoded(kind, *encoded, encoded);
}

std::expected<Message, std::string> Message::from_encoded(MessageKind kind, std::string_view encoded,
                                                          std::shared_ptr<const void> owner) {
  if (encoded.size() > max_bytes) return std::unexpected(too_large(encoded.size()));
  if (kind == MessageKind::data) return data_in(encoded, std::move(owner));
  RequestFields fields;
  if (!read_request(kind, bytes_of(encoded), fields)) {
    return kind == MessageKind::tokens ? parse<SendResultRequest>(encoded) : parse<SendOpaqueStatusRequest>(encoded);
  }
  if (kind == MessageKind::status) {
    if (auto fault = status_fault(fields.content)) return std::unexpected(*std::move(fault));
  }
  return Message(owner != nullptr ? State::referring(kind, fields, encoded, std::move(owner))
                                  : State::copied(kind, fields, encoded));
}

/// No protobuf class is needed: all that it would read is read here, too, except for groups, which nobody writes.
std::expected<Message, std::string> Message::data_in(std::string_view encoded, std::shared_ptr<const void> owner) {
  FieldReader reader(bytes_of(encoded));
  Field field;
  std::string_view topic;
  std::string_view payload;
  while (reader.next(field)) {
    if (field.type != WireType::bytes) continue;
    if (field.number == 2) payload = text_of(field.bytes);
    if (field.number != 1) continue;
    topic = text_of(field.bytes);
    if (!is_utf8(topic)) return std::unexpected(unreadable);  // even if another topic follows
  }
  if (!reader.ok()) return std::unexpected(unreadable);
  const bool usual =
      !payload.empty() && payload.end() == encoded.end() && text_bytes(topic) + text_bytes(payload) == encoded.size();
  if (owner == nullptr || !usual) return data(topic, payload);
  if (auto fault = topic_fault(topic)) return std::unexpected(*std::move(fault));
  return Message(State::referring(MessageKind::data, {.id = topic, .content = payload}, encoded, std::move(owner)));
}

template <class Request>
std::expected<Message, std::string> Message::parse(std::string_view encoded) {
  Request request;
  if (!request.ParseFromArray(encoded.data(), static_cast<int>(encoded.size()))) {
    return std::unexpected(unreadable);
  }
  return from_request(std::move(request));
}

std::expected<Message, std::string> Message::from_request(SendResultRequest request) {
  if (request.tensor().tensor_data().empty()) {
    request.clear_tensor();
  } else {
    request.clear_result();
  }
  request.DiscardUnknownFields();
  const int numbers = request.has_tensor() ? request.tensor().shape_size() : request.result_size();
  return make(MessageKind::tokens, request, static_cast<std::size_t>(numbers));
}

std::expected<Message, std::string> Message::from_request(SendOpaqueStatusRequest request) {
  request.DiscardUnknownFields();
  return make(MessageKind::status, request, 0);
}

/// `request` has no unknown fields, and `numbers` tokens, or numbers in the shape of its tensor.
template <class Request>
std::expected<Message, std::string> Message::make(MessageKind kind, const Request& request, std::size_t numbers) {
  if (auto fault = fault_in(request)) return std::unexpected(*std::move(fault));
  const std::size_t bytes = request.ByteSizeLong();
  if (bytes > max_bytes) return std::unexpected(too_large(bytes));
  auto draft = State::draft(kind, numbers, bytes);
  request.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(draft.encoded));
  const char* const begin = draft.encoded;
  RequestFields fields;
  if (!read_request(kind, bytes_of({begin, bytes}), fields) || fields.number_count != numbers) {
    return std::unexpected("the message cannot be encoded");
  }
  return Message(State::read(std::move(draft), fields, begin));
}

bool Message::mergeable(const Message& next) const noexcept {
  const State& first = *state_;
  const State& second = *next.state_;
  return first.kind == MessageKind::tokens && second.kind == MessageKind::tokens && !first.finished &&
         !first.has_tensor && !second.has_tensor && first.id == second.id;
}

Message Message::merge(std::span<const Message* const> messages) {
  if (messages.size() == 1) return *messages.front();
  std::vector<std::int32_t> tokens;
  for (const Message* part : messages) tokens.insert(tokens.end(), part->tokens().begin(), part->tokens().end());
  return Message(
      State::of_tokens(messages.front()->request_id(), tokens, packed_bytes(tokens), messages.back()->finished()));
}

MessageKind Message::kind() const noexcept { return state_->kind; }

std::string_view Message::request_id() const noexcept {
  return state_->kind == MessageKind::data ? std::string_view() : state_->id;
}

std::string_view Message::topic() const noexcept {
  return state_->kind == MessageKind::data ? state_->id : std::string_view();
}

std::string_view Message::payload() const noexcept {
  return state_->kind == MessageKind::data ? state_->content : std::string_view();
}

std::span<const std::int32_t> Message::tokens() const noexcept {
  return state_->has_tensor ? std::span<const std::int32_t>() : state_->numbers;
}

bool Message::finished() const noexcept { return state_->finished; }

std::optional<TensorView> Message::tensor() const noexcept {
  if (!state_->has_tensor) return std::nullopt;
  return TensorView{.data = state_->content, .shape = state_->numbers, .dtype = state_->dtype};
}

std::string_view Message::status() const noexcept {
  return state_->kind == MessageKind::status ? state_->content : std::string_view();
}

std::size_t Message::bytes() const noexcept { return state_->encoded.size(); }

std::string_view Message::encoded() const noexcept { return state_->encoded; }

std::string_view Message::framed() const noexcept {
  const State& state = *state_;
  if (state.head_bytes == 0) return {};
  return {state.encoded.data() - state.head_bytes, state.encoded.size() + state.head_bytes};
}

std::shared_ptr<const void> Message::owner() const noexcept { return state_; }

}  // namespace exocast
