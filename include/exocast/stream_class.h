// SPDX-License-Identifier: Apache-2.0
#pragma once
// StreamClass: the classes of messages. Plain values, safe on any thread.

#include <array>
#include <cstdint>
#include <string_view>

namespace exocast {

/// The classes of messages. Messages of one class wait for each other, and for no other class: neither in the sender,
/// nor on a native link, nor in the receiver's handler. Control is sent before tokens, tokens before bulk.
enum class StreamClass : std::uint8_t {
  control,  ///< statuses and control of the cluster: few, small, urgent
  tokens,   ///< tokens of requests: many, small, in order
  bulk,     ///< tensors and other large messages, not urgent
};

/// All classes, the most urgent first.
inline constexpr std::array all_stream_classes = {StreamClass::control, StreamClass::tokens, StreamClass::bulk};

/// The name as in options, reports and metrics: "control", "tokens", "bulk"; "unknown" for any other value.
constexpr std::string_view to_string(StreamClass stream_class) noexcept {
  constexpr std::array<std::string_view, all_stream_classes.size()> names = {"control", "tokens", "bulk"};
  const auto index = static_cast<std::size_t>(stream_class);
  return index < names.size() ? names[index] : "unknown";
}

}  // namespace exocast
