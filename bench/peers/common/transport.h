// SPDX-License-Identifier: Apache-2.0
#pragma once
// Transport: how a peer's sender sends messages and receives answers. serve_sender() does the rest for all peers. One
// thread.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#include "bench/load/load.h"

namespace exocast::bench {

/// A message of a peer: its number, then padding.
struct PeerMessage {
  explicit PeerMessage(std::uint64_t number) noexcept { std::memcpy(bytes.data(), &number, sizeof number); }
  std::array<char, load_message_bytes> bytes{};
};

/// The number at the beginning of a message or an answer.
inline std::uint64_t number_of(const void* bytes) noexcept {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

class Transport {
 public:
  /// Called when receiver `receiver` has answered message `number`.
  using OnAnswer = std::function<void(std::size_t receiver, std::uint64_t number)>;

  virtual ~Transport() = default;

  /// Sends message `number` to all receivers, without waiting for answers. Returns the number of receivers that had no
  /// room and will not get it. Throws std::exception if the connection is lost.
  virtual std::size_t publish(std::uint64_t number) = 0;

  /// Reads all available answers; if there are none, waits for one for about `patience`. Throws likewise.
  virtual void take_answers(std::chrono::nanoseconds patience, const OnAnswer& on_answer) = 0;
};

/// Runs a connected sender's process: prints "ready", then serves each line of standard input (a number of rounds, or a
/// Load) until it ends. Returns the exit status.
int serve_sender(Transport& transport, std::size_t receivers);

}  // namespace exocast::bench
