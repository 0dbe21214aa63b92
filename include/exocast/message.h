// SPDX-License-Identifier: Apache-2.0
#pragma once
// Message: the content of one broadcast, as an immutable value that is cheap to copy.
//
//   auto message = Message::opaque_status("", R"({"type":"hello"})");
//   if (!message) std::cerr << message.error() << '\n';
//   auto own = Message::data("weights", bytes);  // any bytes under a topic, between exocast nodes
//
// A message is exo's SendResult (tokens of a request), exo's SendOpaqueStatus (JSON text), or data of one's own. It is
// checked and encoded once, when it is made.
// Copies share one immutable state, one piece of memory, so copying and every const member are safe from any thread.
// Spans and views point into that state and live as long as any copy.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace node_service {
class SendResultRequest;
class SendOpaqueStatusRequest;
}  // namespace node_service

namespace exocast {

/// The kinds of messages.
enum class MessageKind : std::uint8_t {
  tokens,  ///< exo's SendResult
  status,  ///< exo's SendOpaqueStatus
  data     ///< any bytes under a topic; only exocast nodes take it
};

/// The name of the enumerator, as in reports and events: "tokens".
std::string_view to_string(MessageKind kind) noexcept;
/// The kind with this name; nullopt if there is none.
std::optional<MessageKind> message_kind_of(std::string_view name) noexcept;

/// A tensor in a result, as received. Like exo, exocast checks neither shape nor data type.
struct TensorView {
  std::string_view data;                ///< its raw bytes
  std::span<const std::int32_t> shape;  ///< length of each dimension
  std::string_view dtype;               ///< a numpy name, such as "float32"
};

/// Tokens of a request, a status, or data.
class Message {
 public:
  /// Tokens of the request `request_id` (UTF-8, may be empty), `finished` if they are its last. Fails with one
  /// printable line on an id that is not UTF-8 or a message over 2 GiB - 1, protobuf's limit.
  static std::expected<Message, std::string> token_result(std::string_view request_id,
                                                          std::span<const std::int32_t> tokens, bool finished);

  /// A status: `json_text` is any JSON value, carried byte for byte. Fails as token_result does, and on a text that is
  /// not JSON (with line and column) or is nested deeper than 512 levels.
  static std::expected<Message, std::string> opaque_status(std::string_view request_id, std::string_view json_text);

  /// Data: any bytes, which exocast does not look at, under a topic by which receivers choose. `topic` is UTF-8 of up
  /// to topic_bytes_max bytes; both may be empty. Only exocast nodes take it: the report says `skipped` for exo's.
  /// Fails with one printable line on a bad topic or a message over 2 GiB - 1.
  static std::expected<Message, std::string> data(std::string_view topic, std::string_view payload);
  static constexpr std::size_t topic_bytes_max = 256;  ///< the longest topic

  /// opaque_status() or data(), by `kind`, of a content that the message takes over: a large one is not copied if its
  /// capacity has room for `id` and `head_bytes_max` more. `id` is the request id or the topic.
  static std::expected<Message, std::string> of_content(MessageKind kind, std::string_view id, std::string content);
  static constexpr std::size_t head_bytes_max = 16;  ///< what the encoding adds to id and content, at most

  /// The message of this kind that `encoded` holds, with the same checks: encoded() of a message, or another encoding
  /// of the same request. Unknown fields are dropped. Copies the bytes once. With an `owner`, which keeps `encoded`
  /// alive, the message refers to it instead, unless it is in another encoding than that of encoded().
  static std::expected<Message, std::string> from_encoded(MessageKind kind, std::string_view encoded,
                                                          std::shared_ptr<const void> owner = nullptr);

  /// The message in a received request, with the same checks. A tensor with data replaces the tokens, as in exo.
  /// Unknown fields are dropped.
  static std::expected<Message, std::string> from_request(node_service::SendResultRequest request);
  /// The same for a status.
  static std::expected<Message, std::string> from_request(node_service::SendOpaqueStatusRequest request);

  /// Whether merge() can join this message and `next`: both are token results of one request without a tensor, and this
  /// one is not its last.
  bool mergeable(const Message& next) const noexcept;

  /// One token result with the tokens of all `messages`, 1 or more, each mergeable() with the next.
  static Message merge(std::span<const Message* const> messages);

  MessageKind kind() const noexcept;             ///< determines which of the accessors below have a value
  std::string_view request_id() const noexcept;  ///< the request that it belongs to; "" if none, and of data

  std::span<const std::int32_t> tokens() const noexcept;  ///< of a token result without a tensor; else none
  bool finished() const noexcept;                         ///< true for the last token result of a request
  std::optional<TensorView> tensor() const noexcept;      ///< of a received token result; nullopt if it has none
  std::string_view status() const noexcept;               ///< the JSON text of a status; else ""
  std::string_view topic() const noexcept;                ///< of data; else ""
  std::string_view payload() const noexcept;              ///< the bytes of data; else none

  /// The size of encoded().
  std::size_t bytes() const noexcept;

  /// The message as protobuf: exo's SendResultRequest for tokens, its SendOpaqueStatusRequest for a status, and Data
  /// (docs/wire.md) for data. All copies share it.
  std::string_view encoded() const noexcept;

  /// What a native link sends for the message: encoded() as an item of a batch (docs/wire.md). "" if encoded() is not
  /// the message's own memory, or longer than framed_bytes_max: then the link writes the item's head itself.
  std::string_view framed() const noexcept;
  static constexpr std::size_t framed_bytes_max = 4096;  ///< the longest encoded() with a framed()

  /// Owns what all views point into: keeps it alive without the message.
  std::shared_ptr<const void> owner() const noexcept;

 private:
  struct State;
  explicit Message(std::shared_ptr<const State> state) noexcept;
  static std::expected<Message, std::string> data_in(std::string_view encoded, std::shared_ptr<const void> owner);
  template <class Request>
  static std::expected<Message, std::string> parse(std::string_view encoded);
  template <class Request>
  static std::expected<Message, std::string> make(MessageKind kind, const Request& request, std::size_t numbers);

  std::shared_ptr<const State> state_;
};

/// The line (without line end) that reports a received message to a program:
/// {"event":"message","kind":"tokens","request_id":…,"tokens":[…],"finished":…}, in which a tensor adds
/// "tensor":{"dtype":…,"shape":[…],"bytes":…} after "tokens", or
/// {"event":"message","kind":"status","request_id":…,"status":…} with the status as it was sent, white space removed,
/// or
/// {"event":"message","kind":"data","topic":…,"text":…}, where "base64" takes the place of "text" if the bytes are not
/// UTF-8.
std::string to_json_line(const Message& message);

}  // namespace exocast
