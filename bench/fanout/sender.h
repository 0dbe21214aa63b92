// SPDX-License-Identifier: Apache-2.0
#pragma once
// The senders of `bench fanout`. Each runs in a process of its own on one CPU, so that its threads, its connections and
// its memory are its own, and sends when it is told to; so they take turns in one run. One thread each, besides those
// of gRPC.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/measure.h"
#include "exocast/gather/deadline.h"
#include "exocast/message.h"

namespace exocast::bench {

/// Every send must be done by then; it is there so that it costs what a deadline costs.
inline constexpr std::chrono::seconds send_timeout{20};

/// A small token result, as nodes send it all the time.
const Message& bench_message();

/// What sending took. Of several rounds: the sum of times, the greatest of the others.
struct Sent {
  Sample sample;
  double latency_p99_ns = 0;       ///< of the broadcasts of a burst, from the start of the burst; 0 for the others
  std::size_t in_flight_peak = 0;  ///< deliveries under way at once; 0 for those that do not know
  std::size_t memory_peak_bytes = 0;
};

class Sender {
 public:
  virtual ~Sender() = default;

  /// Sends the message to all receivers `rounds` times, each round waiting for all acknowledgements. Throws
  /// std::runtime_error if one receiver did not get it.
  virtual Sent send(std::size_t rounds) = 0;
};

struct SenderOptions {
  std::string kind;          ///< one of sender_kinds()
  std::string link = "exo";  ///< of the kinds that are ours: "native" or "exo"
  std::uint16_t port = 0;    ///< of the receivers
  std::size_t n = 1;         ///< receivers
  std::size_t limit = 64;    ///< of the kind "broadcast": BroadcastOptions::limit
  std::size_t burst = 1;     ///< of the kinds "burst" and "sequence": broadcasts in a round
};

/// "broadcast": our Broadcaster. "one-by-one": our one-by-one sending over the same links. "burst": many
/// broadcasts at once. "sequence": as many, one after another. "grpc-loop" and "raw": the references.
std::vector<std::string> sender_kinds();

std::unique_ptr<Sender> make_sender(const SenderOptions& options);

/// The life of a sender's process: prints "ready" once connected, then for each line on standard input, a number of
/// rounds, sends so often and prints what it took. Returns the exit status.
int serve_sender(const SenderOptions& options);

/// As one line of JSON, and back.
std::string to_line(const Sent& sent);
Sent sent_of(const std::string& line);

}  // namespace exocast::bench
