// SPDX-License-Identifier: Apache-2.0
#pragma once
// Raw TCP with epoll: the lower bound for sending to many receivers with an acknowledgement from each. The reference of
// `bench fanout` and of the paced `bench stream`: no framing, no deadline, no error reports, fixed sizes. One thread
// each. Lifetime: the receiver outlives its senders.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "exocast/gather/deadline.h"

namespace exocast::bench {

/// The length of the other senders' message with its framing.
inline constexpr std::size_t raw_frame_bytes = 80;
inline constexpr std::size_t raw_ack_bytes = 8;

/// Accepts any number of connections and acknowledges each frame.
class RawReceiver {
 public:
  /// Listens on a free port of 127.0.0.1. Throws std::system_error.
  RawReceiver();
  RawReceiver(const RawReceiver&) = delete;
  RawReceiver& operator=(const RawReceiver&) = delete;
  ~RawReceiver();

  std::uint16_t port() const noexcept { return port_; }

  /// Serves until stop().
  void run();

  /// Safe from any thread.
  void stop() noexcept;

 private:
  void accept_all();
  void serve(int connection);

  int listener_ = -1;
  int epoll_ = -1;
  int stop_event_ = -1;
  std::uint16_t port_ = 0;
  std::vector<std::size_t> received_bytes_;  // of a partial frame, per descriptor
};

/// Connections to a RawReceiver.
class RawSender {
 public:
  /// Opens `n` connections. Throws std::system_error.
  RawSender(std::uint16_t port, std::size_t n) : RawSender(std::vector(n, port)) {}
  /// Opens a connection to each of `ports`. Throws std::system_error.
  explicit RawSender(const std::vector<std::uint16_t>& ports);
  RawSender(const RawSender&) = delete;
  RawSender& operator=(const RawSender&) = delete;
  ~RawSender();

  /// Sends a frame on each connection, then waits for all acknowledgements. Throws std::system_error.
  void send_to_all();

  // The same in two parts, for a caller that also waits for other events.

  void send();
  /// Waits for some acknowledgements, or until `deadline`. Returns their connections, as indices of `ports`; valid
  /// until the next call.
  std::span<const std::size_t> acknowledged(Deadline deadline);

 private:
  int epoll_ = -1;
  std::vector<int> connections_;
  std::vector<std::size_t> acknowledged_;
};

}  // namespace exocast::bench
