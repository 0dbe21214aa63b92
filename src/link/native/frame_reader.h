// SPDX-License-Identifier: Apache-2.0
#pragma once
// FrameReader: splits a stream into frames. Internal to this folder.
//
// One buffer per stream. It grows for a longer frame only as that frame's bytes arrive, up to its length, which was
// checked before; afterwards it shrinks again. So a false length costs no memory.
// One thread. A frame's span is valid until the next call of room(), or as long as the memory that release() returned.

#include <cstddef>
#include <cstdlib>
#include <expected>
#include <memory>
#include <span>
#include <string>

#include "link/stream/byte_stream.h"

namespace exocast::native {

enum class FrameFault : unsigned char {
  none_yet,   ///< the rest of it has not arrived
  too_large,  ///< longer than allowed, or empty: the rest of the stream cannot be read
};

/// The memory of one frame that has left its reader.
class FrameMemory {
 public:
  FrameMemory() = default;

  /// Moves `part`, which is inside, into a text. It is freed piece by piece, with all that is behind it, so that a
  /// large text is not held twice. Spans into the memory are invalid afterwards.
  std::string take(Bytes part);

 private:
  friend class FrameReader;
  struct Free {
    void operator()(std::byte* memory) const noexcept { std::free(memory); }
  };

  /// Changes its size to `bytes`, 1 or more. False if the system has no memory; then it stays as it is.
  bool resize(std::size_t bytes) noexcept;

  std::unique_ptr<std::byte, Free> bytes_;  // from malloc: realloc can resize a large one without copying it
};

class FrameReader {
 public:
  /// A buffer of `buffer_bytes`, 16 or more, for frames of up to `frame_bytes_max` without their length.
  FrameReader(std::size_t buffer_bytes, std::size_t frame_bytes_max) noexcept
      : buffer_bytes_(buffer_bytes), frame_bytes_max_(frame_bytes_max) {}

  /// Where to put the next bytes, at least one. Call it only after next() returned `none_yet`. Throws std::bad_alloc.
  std::span<std::byte> room();

  /// `bytes` bytes were put there.
  void filled(std::size_t bytes) noexcept { end_ += bytes; }

  /// Takes the next frame, without its length.
  std::expected<Bytes, FrameFault> next() noexcept;

  /// Takes out the memory of the last frame that next() returned, whose span stays valid with it.
  FrameMemory release();

  std::size_t capacity() const noexcept { return capacity_; }

  /// Bytes received and not taken.
  std::size_t buffered() const noexcept { return end_ - begin_; }

 private:
  void resize(std::size_t bytes);

  std::size_t buffer_bytes_;
  std::size_t frame_bytes_max_;
  std::byte* buffer() const noexcept { return memory_.bytes_.get(); }

  FrameMemory memory_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t wanted_ = 0;  // the length of the frame at begin_; 0 if unknown
};

}  // namespace exocast::native
