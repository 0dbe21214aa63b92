// SPDX-License-Identifier: Apache-2.0
#pragma once
// The senders of `bench fanout`. Each has its own process on one CPU, so that its threads, connections and memory are
// separate. It sends on command, so several senders can take turns in one run. One thread each, plus gRPC's.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "exocast/gather/deadline.h"
#include "exocast/message.h"

namespace exocast::bench {

/// Every send ends before it; it is set so that its cost is measured.
inline constexpr std::chrono::seconds send_timeout{20};

/// A small token result, the most common message of nodes.
const Message& bench_message();

/// The cost of sending. Over several rounds: the sum of the times, the maximum of the others.
struct Sent {
  Sample sample;
  double latency_p99_ns = 0;       ///< of a burst's broadcasts, from the start of the burst; else 0
  std::size_t in_flight_peak = 0;  ///< deliveries in progress at once; 0 if unknown
  std::size_t memory_peak_bytes = 0;
};

class Sender {
 public:
  virtual ~Sender() = default;

  /// Sends the message to all receivers `rounds` times; each round waits for all acknowledgements. Throws
  /// std::runtime_error if a delivery fails.
  virtual Sent send(std::size_t rounds) = 0;
};

struct SenderOptions {
  std::string kind;          ///< one of sender_kinds()
  std::string link = "exo";  ///< for our kinds: "native" or "exo"
  std::uint16_t port = 0;    ///< of the receivers
  std::size_t n = 1;         ///< receivers
  std::size_t limit = 64;    ///< for the kind "broadcast": BroadcastOptions::limit
  std::size_t burst = 1;     ///< for the kinds "burst" and "sequence": broadcasts per round
};

/// "broadcast": our Broadcaster. "one-by-one": our sequential sending over the same links. "burst": many concurrent
/// broadcasts. "sequence": as many, one after another. "grpc-loop" and "raw": the references.
std::vector<std::string> sender_kinds();

std::unique_ptr<Sender> make_sender(const SenderOptions& options);

/// Runs a sender's process: prints "ready" once connected; then, for each line of standard input (a number of rounds),
/// sends that often and prints the cost. Returns the exit status.
int serve_sender(const SenderOptions& options);

/// Conversions to and from one line of JSON.
std::string to_line(const Sent& sent);
Sent sent_of(const std::string& line);

}  // namespace exocast::bench
