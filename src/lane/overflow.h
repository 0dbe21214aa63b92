// SPDX-License-Identifier: Apache-2.0
#pragma once
// What happens when a lane is full: the caller's choice, for each class of messages; and how much "full" is.
//
// Whatever is chosen, nothing that was accepted is dropped without an outcome and a counter, and no policy acts before
// `LaneLimits::patience` has passed, so that a short burst is only a short wait.
// Plain values, no threading rules.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "exocast/gather/deadline.h"

namespace exocast {

/// What a full lane does with one more message.
enum class Overflow : std::uint8_t {
  wait,         ///< the new one waits for room, until its deadline: nothing is lost, the sender is held back
  latest_wins,  ///< takes the place of the waiting one with the same key, which is then superseded; else as wait
  drop_oldest,  ///< the oldest that waits is dropped: for what is worthless when it is late
  disconnect,   ///< the peer is given up: everything that waits for it fails, for streams that are useless with gaps
};

/// All of them, in the order of declaration.
inline constexpr std::array all_overflows = {Overflow::wait, Overflow::latest_wins, Overflow::drop_oldest,
                                             Overflow::disconnect};

/// The name as in options and reports: "wait", "latest_wins", "drop_oldest", "disconnect".
constexpr std::string_view to_string(Overflow overflow) noexcept {
  constexpr std::array<std::string_view, all_overflows.size()> names = {"wait", "latest_wins", "drop_oldest",
                                                                        "disconnect"};
  const auto index = static_cast<std::size_t>(overflow);
  return index < names.size() ? names[index] : "unknown";
}

/// Messages of one class wait for each other, those of another class do not wait for them: control goes before tokens,
/// tokens before bulk.
enum class StreamClass : std::uint8_t {
  control,  ///< statuses and what steers the cluster: few, small, urgent
  tokens,   ///< tokens of requests: many, small, in order
  bulk,     ///< tensors and whatever is large: may take its time
};

/// All of them, the most urgent first.
inline constexpr std::array all_stream_classes = {StreamClass::control, StreamClass::tokens, StreamClass::bulk};

/// The name as in options, reports and metrics: "control", "tokens", "bulk".
constexpr std::string_view to_string(StreamClass stream_class) noexcept {
  constexpr std::array<std::string_view, all_stream_classes.size()> names = {"control", "tokens", "bulk"};
  const auto index = static_cast<std::size_t>(stream_class);
  return index < names.size() ? names[index] : "unknown";
}

/// How much may wait for one peer. The lane is full when either is reached.
struct LaneLimits {
  /// Messages that wait; 1 or more. Default 16,384: 16 s of a stopped peer at 1,000 a second. What is under way is
  /// bounded apart: by FairLimits::per_target batches of each class.
  std::size_t messages = 16'384;
  /// Bytes of these messages; a message that alone is larger is taken when nothing else waits. Default 64 MiB.
  std::size_t bytes = std::size_t{64} << 20;
  /// How long a full lane lets a message wait before its overflow policy acts; zero: at once. Default 50 ms: many
  /// round trips in a data centre, and below what a person notices.
  Duration patience = std::chrono::milliseconds(50);
};

}  // namespace exocast
