// SPDX-License-Identifier: Apache-2.0
#pragma once
// Message: what one broadcast carries, as an immutable value that is cheap to copy.
//
// A message is exo's SendResult (tokens of a request) or SendOpaqueStatus (JSON text). It is checked once, when it is
// made, and serialised once, however many receivers it has: all of them send the same bytes.
// Copies share one immutable state, so copying and every const member are safe from any thread. Spans, views and
// references point into that state and live as long as any copy.

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

enum class MessageKind : std::uint8_t { tokens, status };

/// "tokens" or "status", as in reports and events.
std::string_view to_string(MessageKind kind) noexcept;

/// A tensor in a result, as received: exo checks neither shape nor data type, and nor does this.
struct TensorView {
  std::string_view data;
  std::span<const std::int32_t> shape;
  std::string_view dtype;  // a numpy name, such as "float32"
};

class Message {
 public:
  /// Tokens of the request `request_id` (UTF-8, may be empty), `finished` if they are its last. Fails with one
  /// printable line on an id that is not UTF-8 or a message over 2 GiB - 1, protobuf's limit.
  static std::expected<Message, std::string> token_result(std::string_view request_id,
                                                          std::span<const std::int32_t> tokens, bool finished);

  /// A status: `json_text` is any JSON value, carried byte for byte. Fails as token_result does, and on a text that is
  /// not JSON (with line and column) or is nested deeper than 512 levels.
  static std::expected<Message, std::string> opaque_status(std::string_view request_id, std::string_view json_text);

  /// What a server received; the same checks. A tensor with data replaces the tokens, as in exo.
  static std::expected<Message, std::string> from_request(node_service::SendResultRequest request);
  static std::expected<Message, std::string> from_request(node_service::SendOpaqueStatusRequest request);

  /// Whether this one and `next` may travel as one: token results of one request, without a tensor, and this one is not
  /// its last.
  bool mergeable(const Message& next) const noexcept;

  /// One token result that says what `messages`, 1 or more, say one after another, each mergeable() with the next.
  static Message merge(std::span<const Message> messages);

  MessageKind kind() const noexcept;
  const std::string& request_id() const noexcept;

  /// Of a token result: its tokens (none if it carries a tensor), whether they are the last, its tensor if it has one.
  /// Of a status: none, false, none.
  std::span<const std::int32_t> tokens() const noexcept;
  bool finished() const noexcept;
  std::optional<TensorView> tensor() const noexcept;

  /// Of a status: its JSON text. Of a token result: "".
  std::string_view status() const noexcept;

  /// Size of encoded(), known without encoding.
  std::size_t bytes() const noexcept;

  /// The serialised exo request: SendResultRequest for tokens, SendOpaqueStatusRequest for a status. Made at the first
  /// call, shared by all later ones and all copies; keeps the message's state alive.
  std::shared_ptr<const std::string> encoded() const;

 private:
  struct State;
  explicit Message(std::shared_ptr<const State> state) noexcept;
  template <class Request>
  static std::expected<Message, std::string> make(Request request);

  std::shared_ptr<const State> state_;
};

/// The line (without line end) that reports a received message to a program:
/// {"event":"message","kind":"tokens","request_id":…,"tokens":[…],"finished":…}, in which a tensor adds
/// "tensor":{"dtype":…,"shape":[…],"bytes":…} after "tokens", or
/// {"event":"message","kind":"status","request_id":…,"status":…} with the status as it was sent, white space removed.
std::string to_json_line(const Message& message);

}  // namespace exocast
