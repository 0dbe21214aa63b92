// SPDX-License-Identifier: Apache-2.0
#pragma once
// Load: so many numbered messages at such a rate to all receivers; Loaded: what came of it. How `bench stream` and
// `bench isolation` speak with a sender in another process, ours or a peer's: one line of JSON each way.
// Plain values; LoadRecord: one thread.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/latencies.h"
#include "bench/load/order_check.h"
#include "bench/measure.h"
#include "exocast/gather/deadline.h"

namespace exocast::bench {

/// Bytes of each message of a load, as it is encoded. The number of the message is in it.
inline constexpr std::size_t load_message_bytes = 64;

/// For Load::window: none.
inline constexpr std::uint64_t load_window_none = std::uint64_t{1} << 40;

struct Load {
  double rate_hz = 0;  ///< messages a second, each to all receivers; 0: as fast as it goes
  std::uint64_t messages = 1000;
  std::size_t watched = 1;     ///< so many receivers, from the first on, are measured and waited for; 1 or more
  std::uint64_t window = 512;  ///< when as fast as it goes: deliveries to each watched that are unanswered, at most
  double patience_s = 20;      ///< how long after the last message the watched are waited for
};

struct Loaded {
  /// From the first message until the watched have answered all, or patience has ended.
  Sample sample{};
  std::uint64_t published = 0;  ///< by this sender so far: also the number of the next message
  std::uint64_t refused = 0;    ///< times the sender could not take a message, and had to wait or to leave it out
  std::uint64_t answered = 0;   ///< deliveries to the watched that were answered
  std::uint64_t failed = 0;     ///< and those that failed, with a reason
  double p50_ns = 0;            ///< from publishing to the answer, of the watched
  double p99_ns = 0;
  double p999_ns = 0;
  std::size_t memory_start_bytes = 0;  ///< resident before the load, and at its peak
  std::size_t memory_peak_bytes = 0;
  std::size_t queue_messages_peak = 0;  ///< of ours: in the lane of the last receiver, at its peak
  std::size_t queue_bytes_peak = 0;
  std::size_t queue_messages_max = 0;  ///< and what its limits are
  std::size_t queue_bytes_max = 0;
  std::vector<std::vector<Range>> undelivered{};  ///< of each receiver: the numbers not reported as delivered so far
};

/// The moment `ns` of wall_clock_ns(), which is the clock of deadlines.
inline Deadline at_ns(double ns) { return Deadline::at(TimePoint(Duration(static_cast<Duration::rep>(ns)))); }

/// As one line of JSON, and back.
std::string to_line(const Load& load);
Load load_of(const std::string& line);
std::string to_line(const Loaded& loaded);
Loaded loaded_of(const std::string& line);

/// What a sender keeps of a load while it is under way: when each message was sent, and which were answered.
class LoadRecord {
 public:
  /// Of `receivers`; the answers of all loads so far are in `answers`, one for each of them. Begins to measure.
  LoadRecord(const Load& load, std::uint64_t first_number, std::vector<OrderCheck>& answers);

  /// When message `index` of this load (from 0) is due.
  double due_ns(std::uint64_t index) const noexcept { return start_ns_ + static_cast<double>(index) * interval_ns_; }

  /// The next message is sent now: returns its number.
  std::uint64_t sent();
  /// The last one was not sent: its number is used again. Counts as refused.
  void taken_back() noexcept;
  void refused() noexcept { ++refused_; }

  /// Receiver `receiver` has answered message `number`.
  void answered(std::size_t receiver, std::uint64_t number);

  std::uint64_t sent_count() const noexcept { return sent_ns_.size(); }
  bool all_sent() const noexcept { return sent_ns_.size() == load_.messages; }
  /// A delivery to receiver `receiver` has failed.
  void failed(std::size_t receiver) noexcept {
    if (receiver < load_.watched) ++failed_;
  }

  /// What was sent is settled with the watched.
  bool settled() const noexcept { return answered_ + failed_ == sent_ns_.size() * load_.watched; }
  /// As many are unanswered as the window allows.
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
