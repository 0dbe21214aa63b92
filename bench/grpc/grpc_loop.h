// SPDX-License-Identifier: Apache-2.0
#pragma once
// GrpcLoop: fast hand-written gRPC sending to many receivers: the generic stub, the request serialised once, all calls
// started at once, one loop over the completion queue. The reference of `bench fanout`: no limit, no cancellation, no
// report, one thread.

#include <cstddef>
#include <cstdint>
#include <memory>

namespace exocast::bench {

class GrpcLoop {
 public:
  /// `n` channels to the server at `port` of 127.0.0.1, with the options of our own links.
  GrpcLoop(std::uint16_t port, std::size_t n);
  GrpcLoop(const GrpcLoop&) = delete;
  GrpcLoop& operator=(const GrpcLoop&) = delete;
  ~GrpcLoop();

  /// Sends the message on each channel, then waits for all answers. Throws std::runtime_error if one is an error.
  void send_to_all();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace exocast::bench
