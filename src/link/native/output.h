// SPDX-License-Identifier: Apache-2.0
#pragma once
// Output: the bytes that wait to be written to a stream. Internal to this folder.
//
// Small messages are copied into one buffer, so that many frames are one part of a write; large ones are referenced. An
// empty output has no buffer: usually everything is written at once, so all outputs of a thread share one spare
// buffer, which stays in the processor's cache.
// The owner bounds the content. One thread.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <vector>

#include "link/stream/byte_stream.h"

namespace exocast::native {

class Output {
 public:
  bool empty() const noexcept { return queued_bytes_ == 0; }
  std::size_t queued_bytes() const noexcept { return queued_bytes_; }

  /// Room to copy `bytes_max` bytes next; used() tells how many were.
  std::byte* room(std::size_t bytes_max);
  void used(std::size_t bytes) noexcept;
  void append(Bytes bytes);
  /// Refers to `bytes`, which are not empty, and keeps their owner alive until they are written.
  void refer(Bytes bytes, std::shared_ptr<const void> owner);

  /// Writes as much as possible. A value means that everything was written.
  std::expected<void, StreamFault> write_to(ByteStream& stream);

  /// Bytes ever put in, except those dropped by clear(), and bytes written to a stream; clear() does not reset them.
  std::uint64_t appended_total() const noexcept { return written_total_ + queued_bytes_; }
  std::uint64_t written_total() const noexcept { return written_total_; }

  /// Drops the queued bytes.
  void clear() noexcept;

 private:
  struct Part {
    std::size_t bytes;
    const std::byte* begin = nullptr;             // null: the bytes are in copied_
    std::shared_ptr<const void> owner = nullptr;  // of bytes elsewhere
  };
  static constexpr std::size_t parts_max = 64;        // the most that a stream looks at
  static constexpr std::size_t kept_bytes = 1 << 16;  // the largest buffer that a thread keeps
  struct Spare {
    std::vector<std::byte> copied;
    std::vector<Part> parts;
  };
  static thread_local Spare spare_;

  template <std::size_t count_max>
  std::expected<void, StreamFault> write_some(ByteStream& stream);
  void take(std::size_t bytes) noexcept;

  std::vector<std::byte> copied_;
  std::size_t copied_end_ = 0;    // the used part of copied_
  std::size_t copied_begin_ = 0;  // the written part of copied_
  std::vector<Part> parts_;
  std::size_t first_ = 0;    // the first of parts_ that is not written
  std::size_t skipped_ = 0;  // written bytes of the first of them
  std::size_t queued_bytes_ = 0;
  std::uint64_t written_total_ = 0;
};

}  // namespace exocast::native
