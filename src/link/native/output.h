// SPDX-License-Identifier: Apache-2.0
#pragma once
// Output: what waits to be written to a stream. For this folder.
//
// What is small is copied into one buffer, so that many frames are one part of a write; what is large is referenced.
// An empty one has no buffer: mostly what is put in is written at once, so all of a thread use the same one in turn,
// which stays in the processor's cache.
// Its owner bounds what it puts in. One thread.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "link/stream/byte_stream.h"

namespace exocast::native {

class Output {
 public:
  bool empty() const noexcept { return queued_bytes_ == 0; }
  std::size_t queued_bytes() const noexcept { return queued_bytes_; }

  /// Room for `bytes_max` bytes to be copied next; used() says how many were.
  std::byte* room(std::size_t bytes_max);
  void used(std::size_t bytes) noexcept;
  void append(Bytes bytes);
  /// Refers to `text`, which is not empty, and keeps it until it is written.
  void refer(std::shared_ptr<const std::string> text);

  /// Writes all it can. A value: nothing is left.
  std::expected<void, StreamFault> write_to(ByteStream& stream);

  /// Everything ever put in, and what of it a stream has taken; both go on across clear().
  std::uint64_t appended_total() const noexcept { return written_total_ + queued_bytes_; }
  std::uint64_t written_total() const noexcept { return written_total_; }

  /// Drops what is queued.
  void clear() noexcept;

 private:
  struct Part {
    std::size_t bytes;
    std::shared_ptr<const std::string> text;  // null: the bytes are in copied_
  };
  static constexpr std::size_t parts_max = 64;        // that a stream looks at
  static constexpr std::size_t kept_bytes = 1 << 16;  // of the buffer that a thread keeps
  struct Spare {
    std::vector<std::byte> copied;
    std::vector<Part> parts;
  };
  static thread_local Spare spare_;

  template <std::size_t count_max>
  std::expected<void, StreamFault> write_some(ByteStream& stream);
  void take(std::size_t bytes) noexcept;

  std::vector<std::byte> copied_;
  std::size_t copied_end_ = 0;    // what of copied_ is in use
  std::size_t copied_begin_ = 0;  // what of it is written
  std::vector<Part> parts_;
  std::size_t first_ = 0;    // of parts_ that are not written
  std::size_t skipped_ = 0;  // bytes of that one that are
  std::size_t queued_bytes_ = 0;
  std::uint64_t written_total_ = 0;
};

}  // namespace exocast::native
