// SPDX-License-Identifier: Apache-2.0
#pragma once
// Raw TCP with epoll: the least that sending to many receivers and having each acknowledge can cost. The reference of
// `bench fanout` and of the paced `bench stream`: no framing, no deadline, no errors told, fixed sizes.
// One thread each. Lifetime: the receiver outlives its senders.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "exocast/gather/deadline.h"

namespace exocast::bench {

/// As long as the message that the others send, with what frames it.
inline constexpr std::size_t raw_frame_bytes = 80;
inline constexpr std::size_t raw_ack_bytes = 8;

/// Any number of connections, each of which gets an acknowledgement for each frame.
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

  /// From any thread.
  void stop() noexcept;

 private:
  void accept_all();
  void serve(int connection);

  int listener_ = -1;
  int epoll_ = -1;
  int stop_event_ = -1;
  std::uint16_t port_ = 0;
  std::vector<std::size_t> received_bytes_;  // of a frame that has not come whole, by descriptor
};

/// Connections to a RawReceiver.
class RawSender {
 public:
  /// Opens `n`. Throws std::system_error.
  RawSender(std::uint16_t port, std::size_t n) : RawSender(std::vector(n, port)) {}
  /// Opens one to each of `ports`. Throws std::system_error.
  explicit RawSender(const std::vector<std::uint16_t>& ports);
  RawSender(const RawSender&) = delete;
  RawSender& operator=(const RawSender&) = delete;
  ~RawSender();

  /// A frame on each connection, then all acknowledgements. Throws std::system_error.
  void send_to_all();

  // The same in two parts, for one that has other things to wait for.

  void send();
  /// Waits until some acknowledgements have come, or until `deadline`. The connections they came on, as of the order of
  /// `ports`; valid until the next call.
  std::span<const std::size_t> acknowledged(Deadline deadline);

 private:
  int epoll_ = -1;
  std::vector<int> connections_;
  std::vector<std::size_t> acknowledged_;
};

}  // namespace exocast::bench
