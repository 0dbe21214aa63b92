// SPDX-License-Identifier: Apache-2.0
#pragma once
// FrameReader: cuts what comes on a stream into frames. For this folder.
//
// One buffer per stream. It grows only for a frame that is longer, as that frame's bytes come in, up to the length
// that was checked before; and shrinks again behind it. So a length that is only claimed costs nothing.
// One thread. A frame's span lives until the next call of room().

#include <cstddef>
#include <cstdlib>
#include <expected>
#include <memory>
#include <span>

#include "link/stream/byte_stream.h"

namespace exocast::native {

enum class FrameFault : unsigned char {
  none_yet,   ///< the rest of it has still to come
  too_large,  ///< it would be longer than allowed, or is empty: what follows cannot be read
};

class FrameReader {
 public:
  /// A buffer of `buffer_bytes`, 16 or more, for frames of up to `frame_bytes_max` without their length.
  FrameReader(std::size_t buffer_bytes, std::size_t frame_bytes_max) noexcept
      : buffer_bytes_(buffer_bytes), frame_bytes_max_(frame_bytes_max) {}

  /// Where the next bytes may be put, at least one; call only when next() has said `none_yet`. Throws std::bad_alloc.
  std::span<std::byte> room();

  /// So many bytes have been put there.
  void filled(std::size_t bytes) noexcept { end_ += bytes; }

  /// Takes the next frame, without its length.
  std::expected<Bytes, FrameFault> next() noexcept;

  std::size_t capacity() const noexcept { return capacity_; }

  /// What has come and was not taken.
  std::size_t buffered() const noexcept { return end_ - begin_; }

 private:
  struct Free {
    void operator()(std::byte* memory) const noexcept { std::free(memory); }
  };

  void resize(std::size_t bytes);

  std::size_t buffer_bytes_;
  std::size_t frame_bytes_max_;
  std::unique_ptr<std::byte, Free> buffer_;  // of malloc: realloc moves a large one without copying it
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t wanted_ = 0;  // the length of the whole frame that begin_ points at; 0 while it is not known
};

}  // namespace exocast::native
