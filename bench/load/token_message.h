// SPDX-License-Identifier: Apache-2.0
#pragma once
// The messages of our loads: one token each, all of one request; the token encodes the number of the message. Tokens of
// one request may travel together and stay distinguishable. Safe from any thread.

#include <cstdint>
#include <span>
#include <string_view>

#include "bench/load/load.h"
#include "exocast/message.h"

namespace exocast::bench {

/// Its length makes a message load_message_bytes: two bytes before the id, two before the token, five for the token.
inline constexpr std::string_view load_request = "exocast bench: one request, whose tokens are numbered 0";
static_assert(load_request.size() + 9 == load_message_bytes);

/// An offset, so that every token has five bytes.
inline constexpr std::int32_t first_token = 1 << 28;

inline Message token_message(std::uint64_t number) {
  const std::int32_t token = first_token + static_cast<std::int32_t>(number);
  return Message::token_result(load_request, std::span(&token, 1), false).value();
}

/// Passes the numbers in `message` to `check`; tokens of no load count as "strange".
inline void note_tokens(const Message& message, OrderCheck& check) {
  for (const std::int32_t token : message.tokens()) {
    check.note(token < first_token ? OrderCheck::number_max + 1 : static_cast<std::uint64_t>(token - first_token));
  }
}

}  // namespace exocast::bench
