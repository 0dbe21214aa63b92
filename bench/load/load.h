// SPDX-License-Identifier: Apache-2.0
#pragma once
// Load: a number of messages at a rate to all receivers. Loaded: the result. `bench stream` and `bench isolation`
// exchange them with a sender process, ours or a peer's, as one line of JSON each. Plain values; LoadRecord: one
// thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/latencies.h"
#include "bench/load/order_check.h"
#include "bench/measure.h"
#include "exocast/gather/deadline.h"

namespace exocast::bench {

/// The encoded size of each message of a load. It contains the message's number.
inline constexpr std::size_t load_message_bytes = 64;

/// For Load::window: no bound.
inline constexpr std::uint64_t load_window_none = std::uint64_t{1} << 40;

struct Load {
  double rate_hz = 0;  ///< messages a second, each to all receivers; 0: unpaced
  std::uint64_t messages = 1000;
  std::size_t watched = 1;     ///< number of receivers, from the first, to measure and wait for; 1 or more
  std::uint64_t window = 512;  ///< if unpaced: most unanswered deliveries per watched receiver
  double patience_s = 20;      ///< how long to wait for the watched after the last message
};

struct Loaded {
  /// From the first message until the watched have answered all, or `patience_s` has passed.
  Sample sample{};
  std::uint64_t published = 0;  ///< by this sender so far: the number of the next message
  std::uint64_t refused = 0;    ///< times the sender had no room, and waited or dropped the message
  std::uint64_t answered = 0;   ///< answered deliveries to the watched
  std::uint64_t failed = 0;     ///< failed deliveries to the watched, with a reason
  double p50_ns = 0;            ///< of the watched, from publishing to the answer
  double p99_ns = 0;
  double p999_ns = 0;
  std::size_t memory_start_bytes = 0;  ///< resident before the load, and its peak
  std::size_t memory_peak_bytes = 0;
  std::size_t queue_messages_peak = 0;  ///< ours only: peak in the lane of the last receiver
  std::size_t queue_bytes_peak = 0;
  std::size_t queue_messages_max = 0;  ///< and its limits
  std::size_t queue_bytes_max = 0;
  std::vector<std::vector<Range>> undelivered{};  ///< per receiver: numbers without a delivered report
};

/// The time `ns` of wall_clock_ns(), which is also the clock of deadlines.
inline Deadline at_ns(double ns) { return Deadline::at(TimePoint(Duration(static_cast<Duration::rep>(ns)))); }

/// Conversions to and from one line of JSON.
std::string to_line(const Load& load);
Load load_of(const std::string& line);
std::string to_line(const Loaded& loaded);
Loaded loaded_of(const std::string& line);

/// A sender's record of a running load: when each message was sent, and which were answered.
class LoadRecord {
 public:
  /// Begins to measure. `answers` has the answers of each receiver over all loads so far.
  LoadRecord(const Load& load, std::uint64_t first_number, std::vector<OrderCheck>& answers);

  /// When message `index` of this load (from 0) is due.
  double due_ns(std::uint64_t index) const noexcept { return start_ns_ + static_cast<double>(index) * interval_ns_; }

  /// Records that the next message is sent now; returns its number.
  std::uint64_t sent();
  /// Takes back the last message, which was not sent: its number is reused. Counts as refused.
  void taken_back() noexcept;
  void refused() noexcept { ++refused_; }

  /// Records that receiver `receiver` has answered message `number` by `now_ns` (wall_clock_ns()).
  void answered(std::size_t receiver, std::uint64_t number, double now_ns);

  std::uint64_t sent_count() const noexcept { return sent_ns_.size(); }
  bool all_sent() const noexcept { return sent_ns_.size() == load_.messages; }
  /// Records a failed delivery to receiver `receiver`.
  void failed(std::size_t receiver) noexcept {
    if (receiver < load_.watched) ++failed_;
  }

  /// True if the watched have answered or failed everything sent.
  bool settled() const noexcept { return answered_ + failed_ == sent_ns_.size() * load_.watched; }
  bool window_full() const noexcept {
    return sent_ns_.size() * load_.watched - answered_ - failed_ >= load_.window * load_.watched;
  }

  Loaded finish() const;

 private:
  const Load load_;
  const std::uint64_t first_number_;
  std::vector<OrderCheck>& answers_;
  std::vector<double> sent_ns_;
  Latencies latencies_;
  std::uint64_t answered_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t refused_ = 0;
  std::size_t memory_start_bytes_ = 0;
  double interval_ns_ = 0;
  double start_cpu_ns_ = 0;
  double start_ns_ = 0;
};

}  // namespace exocast::bench
