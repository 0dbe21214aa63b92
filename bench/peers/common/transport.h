// SPDX-License-Identifier: Apache-2.0
#pragma once
// Transport: how a peer's sender tells its receivers, and hears their answers. serve_sender() does the rest the same
// for all of them. One thread.

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>

#include "bench/load/load.h"

namespace exocast::bench {

/// A message as peers send it: its number, then nothing of interest.
struct PeerMessage {
  explicit PeerMessage(std::uint64_t number) noexcept { std::memcpy(bytes.data(), &number, sizeof number); }
  std::array<char, load_message_bytes> bytes{};
};

/// The number that a message, or an answer, begins with.
inline std::uint64_t number_of(const void* bytes) noexcept {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes, sizeof number);
  return number;
}

class Transport {
 public:
  /// Receiver `receiver` has answered message `number`.
  using OnAnswer = std::function<void(std::size_t receiver, std::uint64_t number)>;

  virtual ~Transport() = default;

  /// Sends message `number` to all receivers, without waiting for an answer. How many could not take it, and will not
  /// get it. Throws std::exception if the connection is lost.
  virtual std::size_t publish(std::uint64_t number) = 0;

  /// Takes the answers that are there; if there are none, waits for one for about `patience`. Throws likewise.
  virtual void take_answers(std::chrono::nanoseconds patience, const OnAnswer& on_answer) = 0;
};

/// The life of a sender's process from when it is connected: prints "ready", then serves the lines of standard input
/// until it ends: a number of rounds, or a Load. Returns the exit status.
int serve_sender(Transport& transport, std::size_t receivers);

}  // namespace exocast::bench
