// SPDX-License-Identifier: Apache-2.0
#pragma once
// SenderLogs: what the senders of received messages say about who else has them.
//
//   Message message = co_await subscription->next();
//   const Origin origin = subscription->origin();
//   if (co_await node.sender_logs().until_stable(origin, deadline) == Stability::yes) apply(message);
//
// A sender on a native link says so with its messages, and at the latest 20 ms after the last receiver has an outcome.
// While its connection is down it says nothing, and of a sender that has ended its last messages stay `not_yet`.
// Threading: the one thread of its loop. Lifetime: outlives all waits.

#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

#include "exocast/gather/event.h"
#include "exocast/gather/task.h"
#include "exocast/log_progress.h"

namespace exocast {

/// Numbers of logs.
struct SenderLogsMetrics {
  std::size_t logs = 0;               ///< remembered, now
  std::uint64_t forgotten_total = 0;  ///< forgotten to make room for others
};

/// The logs of a node's senders; see Node::sender_logs().
class SenderLogs {
 public:
  /// Remembers up to `logs_max` logs, 1 or more, and of one sender a sixteenth of them (at least three: one for each
  /// class). For a further one it forgets the log without news for the longest time, of all or of this sender. Default
  /// 4,096: some 100 bytes each, and up to 4 KiB for its incomplete messages.
  explicit SenderLogs(std::size_t logs_max = 4'096);
  SenderLogs(const SenderLogs&) = delete;
  SenderLogs& operator=(const SenderLogs&) = delete;

  /// Takes what the node `sender` says; nothing about a log that another node has spoken of first.
  void add(std::string_view sender, const LogNews& news);

  /// Whether every receiver has the message from `origin`, as far as its sender has said by now.
  Stability stability(const Origin& origin) const noexcept;

  /// Waits until that is not `not_yet`, or until `deadline`, and returns it. Any number of tasks may wait.
  task<Stability> until_stable(Origin origin, Deadline deadline);

  /// The id of the node that sent the message from `origin`; "" if its log is not known. Valid until the next add().
  std::string_view sender(const Origin& origin) const noexcept;

  /// `co_await logs.changed(deadline)`: goes on with the next news of any log, or at `deadline`.
  [[nodiscard]] Event::Wait changed(Deadline deadline) noexcept {
    changed_.reset();
    return changed_.wait(deadline);
  }

  const SenderLogsMetrics& metrics() const noexcept { return metrics_; }  ///< live values

 private:
  struct Key {
    std::uint64_t log;
    StreamClass stream_class;
    bool operator==(const Key&) const = default;
  };
  struct Hash {
    std::size_t operator()(const Key& key) const noexcept {
      return static_cast<std::size_t>(key.log) + static_cast<std::size_t>(key.stream_class);
    }
  };
  struct SenderLog {
    Key key;
    std::string sender;
    LogProgress progress;
  };
  const SenderLog* find(const Origin& origin) const noexcept;
  void make_room(const std::string& sender);

  std::size_t logs_max_;
  std::size_t sender_logs_max_;
  SenderLogsMetrics metrics_;
  std::list<SenderLog> logs_;  // the one with the newest news last
  std::unordered_map<Key, std::list<SenderLog>::iterator, Hash> places_;
  std::unordered_map<std::string, std::size_t> counts_;  // of logs, by sender
  Event changed_;
};

}  // namespace exocast
