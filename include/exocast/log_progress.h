// SPDX-License-Identifier: Apache-2.0
#pragma once
// LogProgress: which messages of a sender's log every receiver has. Origin: the place of a received message in it.
//
//   Origin origin = subscription->origin();                      // of the message that next() has returned
//   if (node.sender_logs().stability(origin) == Stability::yes)  // every receiver has it
//
// A Broadcaster has one log for each class of messages, in which they have the positions 1, 2, 3, … A message is
// settled when each of its receivers has an outcome or has left the roster, and incomplete if a receiver that has not
// left did not accept it. A log is settled up to P if all its messages up to P are. docs/decisions/0014 has the
// reasons. Plain values. Threading: one thread at a time.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "exocast/stream_class.h"

namespace exocast {

/// Where a received message comes from. Nodes of exo, and exocast nodes before version 3 of the native protocol, do not
/// say it.
struct Origin {
  std::uint64_t log = 0;       ///< identifies its sender's Broadcaster: random, new at each start; 0: not known
  std::uint64_t position = 0;  ///< among the messages of its class: 1, 2, 3, …; 0: not known
  StreamClass stream_class = StreamClass::tokens;  ///< its class

  /// True if it is known.
  explicit operator bool() const noexcept { return position != 0; }
  /// Compares all fields.
  bool operator==(const Origin&) const = default;
};

/// Whether every receiver has a message.
enum class Stability : std::uint8_t {
  yes,      ///< each receiver of the roster it was sent to has accepted it, or has left. Final
  not_yet,  ///< the sender has not said so yet: a receiver has not answered, or the sender cannot be reached
  no,       ///< a receiver did not accept it: lost, refused, timed out or cancelled. Final
  unknown,  ///< its origin is not known, or it is so long ago that this is not remembered
};

/// The name of the enumerator: "not_yet"; "unknown" for any other value.
std::string_view to_string(Stability stability) noexcept;

/// Positions `first` to `last`, both included; 1 <= first <= last.
struct PositionRange {
  std::uint64_t first = 0;  ///< the lowest
  std::uint64_t last = 0;   ///< the highest

  /// Compares both.
  bool operator==(const PositionRange&) const = default;
};

/// What a sender says about the positions above `after`; about those up to it, it has spoken before.
struct LogNews {
  std::uint64_t log = 0;                           ///< as Origin::log
  StreamClass stream_class = StreamClass::tokens;  ///< the class of its messages
  std::uint64_t after = 0;                         ///< not above `settled`, unless the sender has forgotten more
  std::uint64_t settled = 0;                       ///< the log is settled up to this position
  std::vector<PositionRange> incomplete = {};      ///< all incomplete ones above `after` up to `settled`; maybe more
};

/// How far one log is settled, and its incomplete messages. The sender has one for each log, and so has each receiver.
class LogProgress : public std::enable_shared_from_this<LogProgress> {
 public:
  /// Ranges of incomplete positions that are remembered; with one more, the lowest range and all positions below its
  /// end are forgotten.
  static constexpr std::size_t ranges_max = 256;

  /// Of a log in which nothing is settled.
  LogProgress(std::uint64_t log, StreamClass stream_class) noexcept : log_(log), stream_class_(stream_class) {}

  std::uint64_t log() const noexcept { return log_; }                  ///< as Origin::log
  StreamClass stream_class() const noexcept { return stream_class_; }  ///< the class of its messages
  std::uint64_t settled() const noexcept { return settled_; }          ///< all positions up to it are settled; 0: none
  std::uint64_t forgotten() const noexcept { return forgotten_; }      ///< nothing is known about those up to it

  /// The newest incomplete position; 0: there was none.
  std::uint64_t incomplete() const noexcept { return ranges_.empty() ? forgotten_ : ranges_.back().last; }

  /// All positions up to `position` are settled; no effect if that is known.
  void settle(std::uint64_t position) noexcept { settled_ = position > settled_ ? position : settled_; }

  /// The positions of `range` are incomplete, whether or not they are settled.
  void add_incomplete(PositionRange range);

  /// Takes what the sender says. Positions of which it has spoken elsewhere are forgotten.
  void add(const LogNews& news);

  /// What there is to say to a receiver that knows the positions up to `after`, and nothing of later ones.
  LogNews news(std::uint64_t after) const;

  /// Whether every receiver has the message at `position`.
  Stability stability(std::uint64_t position) const noexcept;

 private:
  std::uint64_t log_;
  StreamClass stream_class_;
  std::uint64_t settled_ = 0;
  std::uint64_t forgotten_ = 0;
  std::vector<PositionRange> ranges_;  // in order, not adjacent
};

}  // namespace exocast
