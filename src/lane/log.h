// SPDX-License-Identifier: Apache-2.0
#pragma once
// Log: the messages of one class that some receiver has not answered yet, in the order of publication.
//
// A message is in the log once, for all receivers. What waits for a receiver is a range of positions (cursor.h), so a
// message costs it an addition and no object. Only what is an exception for one receiver gets a LaneItem there: a
// message that was refused, timed out or is sent again, or that waits for its broadcast's limit.
// Threading: one thread. Lifetime: an entry leaves the log when it is destroyed; its message and options outlive it.

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>

#include "exocast/gather/deadline.h"
#include "exocast/gather/detail/intrusive_list.h"

namespace exocast {

class LaneItem;
struct LaneItemOptions;

class Log {
 public:
  class Entry;

  /// Messages with consecutive positions.
  struct Range {
    Entry* first = nullptr;
    std::size_t count = 0;
    std::size_t bytes = 0;          ///< of all of them
    std::size_t largest_bytes = 0;  ///< of the largest

    /// Appends `next`, whose position is the next one.
    inline void extend(Entry& next) noexcept;
  };

  /// Gives `entry` the next position.
  inline void append(Entry& entry) noexcept;

  /// `entry` leaves; the positions of the others stay.
  inline void remove(Entry& entry) noexcept;

  /// The oldest; nullptr if there is none.
  Entry* front() const noexcept { return entries_.front(); }

  /// The newest position up to which every message has left.
  inline std::uint64_t settled() const noexcept;

  /// The oldest falls behind. A full log is larger than the processor's caches, so the next ones are fetched ahead:
  /// first the entry, and some messages later what it refers to. (With one of 8 receivers stopped, a tenth of the
  /// sender's time for a token.)
  inline void drop_front();

  std::size_t messages() const noexcept { return messages_; }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  IntrusiveList<Entry> entries_;
  std::uint64_t appended_ = 0;
  std::size_t messages_ = 0;
  std::size_t bytes_ = 0;
};

/// One message. A lane may hold it as a position as long as none of its items exists there.
class Log::Entry : public IntrusiveLink<Entry> {
 public:
  /// A message of `bytes`, published at `since`. Its items have `options` in common.
  Entry(const LaneItemOptions& options, std::size_t bytes, TimePoint since) noexcept
      : options_(options), bytes_(bytes), since_(since) {}

  std::uint64_t position() const noexcept { return position_; }  ///< 1, 2, 3, …
  std::size_t bytes() const noexcept { return bytes_; }
  TimePoint since() const noexcept { return since_; }

  /// The one behind it in the log; nullptr for the last.
  Entry* next() const noexcept { return log_->entries_.after(*this); }

  const LaneItemOptions& options() const noexcept { return options_; }

  /// The receiver with index `place` has accepted it.
  virtual void delivered_to(std::uint32_t place, TimePoint now) noexcept = 0;

  /// Makes its item for the receiver with index `place`, which has none, and lets it be sent.
  virtual LaneItem& make_item(std::uint32_t place) = 0;

  /// Newer messages need its room: receivers that have not got it lose it, with an outcome, and it leaves the log.
  virtual void fall_behind() = 0;

  /// Begins to fetch into the processor's caches what fall_behind() will need, apart from the entry itself.
  virtual void fetch() const noexcept {}
  /// The most that an entry's object has; drop_front() fetches as much of it.
  static constexpr std::size_t object_bytes_max = 512;

 protected:
  ~Entry() = default;

 private:
  friend class Log;
  const LaneItemOptions& options_;
  Log* log_ = nullptr;
  std::uint64_t position_ = 0;
  std::size_t bytes_;
  TimePoint since_;
};

inline void Log::Range::extend(Entry& next) noexcept {
  if (count == 0) first = &next;
  assert(next.position() == first->position() + count);
  ++count;
  bytes += next.bytes();
  largest_bytes = std::max(largest_bytes, next.bytes());
}

inline std::uint64_t Log::settled() const noexcept { return front() != nullptr ? front()->position_ - 1 : appended_; }

inline void Log::drop_front() {
  constexpr int distance = 4;  // messages
  Entry* front = entries_.front();
  Entry* at = front;
  for (int i = 0; i < distance && at != nullptr; ++i) at = entries_.after(*at);
  if (at != nullptr) at->fetch();
  for (int i = 0; i < distance && at != nullptr; ++i) at = entries_.after(*at);
  if (at != nullptr) {
    for (std::size_t byte = 0; byte < Entry::object_bytes_max; byte += 64) {
      __builtin_prefetch(reinterpret_cast<const char*>(at) + byte, 1);
    }
  }
  front->fall_behind();
}

inline void Log::append(Entry& entry) noexcept {
  entry.log_ = this;
  entry.position_ = ++appended_;
  entries_.push_back(entry);
  ++messages_;
  bytes_ += entry.bytes();
}

inline void Log::remove(Entry& entry) noexcept {
  assert(entry.linked() && messages_ > 0 && bytes_ >= entry.bytes());
  entry.unlink();
  --messages_;
  bytes_ -= entry.bytes();
}

}  // namespace exocast
