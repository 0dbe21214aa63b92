// SPDX-License-Identifier: Apache-2.0
#include "link/native/frame_reader.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <new>
#include <utility>

#include "link/native/frames.h"

namespace exocast::native {

std::span<std::byte> FrameReader::room() {
  const std::size_t kept = buffered();
  if (kept == 0) {
    begin_ = end_ = 0;
    if (capacity_ != buffer_bytes_) resize(buffer_bytes_);
  } else if (begin_ > 0 && (end_ == capacity_ || begin_ + wanted_ > capacity_)) {
    std::memmove(buffer(), buffer() + begin_, kept);
    begin_ = 0;
    end_ = kept;
  }
  // Doubling limits the copies for a frame of any length, and a frame that is only announced costs little memory.
  if (end_ == capacity_) resize(std::clamp(2 * capacity_, buffer_bytes_, std::max(wanted_, buffer_bytes_)));
  return {buffer() + end_, capacity_ - end_};
}

std::expected<Bytes, FrameFault> FrameReader::next() noexcept {
  if (wanted_ == 0) {
    if (buffered() < length_bytes) return std::unexpected(FrameFault::none_yet);
    std::uint32_t length = 0;
    for (std::size_t i = 0; i < length_bytes; ++i) {
      length = (length << 8U) | std::to_integer<std::uint32_t>(buffer()[begin_ + i]);
    }
    if (length == 0 || length > frame_bytes_max_) return std::unexpected(FrameFault::too_large);
    wanted_ = length_bytes + length;
  }
  if (buffered() < wanted_) return std::unexpected(FrameFault::none_yet);
  const Bytes frame(buffer() + begin_ + length_bytes, wanted_ - length_bytes);
  begin_ += wanted_;
  wanted_ = 0;
  return frame;
}

FrameMemory FrameReader::release() {
  FrameMemory released = std::exchange(memory_, FrameMemory());
  const Bytes rest(released.bytes_.get() + begin_, buffered());
  capacity_ = begin_ = end_ = 0;
  if (rest.empty()) return released;
  resize(std::max(rest.size(), buffer_bytes_));
  std::memcpy(buffer(), rest.data(), rest.size());
  end_ = rest.size();
  return released;
}

void FrameReader::resize(std::size_t bytes) {
  if (!memory_.resize(bytes)) throw std::bad_alloc();
  capacity_ = bytes;
}

bool FrameMemory::resize(std::size_t bytes) noexcept {
  auto* memory = static_cast<std::byte*>(std::realloc(bytes_.get(), bytes));
  if (memory == nullptr) return false;
  static_cast<void>(bytes_.release());
  bytes_.reset(memory);
  return true;
}

std::string FrameMemory::take(Bytes part) {
  constexpr std::size_t piece_bytes_max = std::size_t{4} << 20;
  const auto begin = static_cast<std::size_t>(part.data() - bytes_.get());
  std::string text;
  // From the end to the beginning: memory shrinks at its end only.
  text.resize_and_overwrite(part.size(), [&](char* to, std::size_t bytes) {
    for (std::size_t left = bytes; left > 0;) {
      const std::size_t piece = std::min(left, piece_bytes_max);
      left -= piece;
      std::memcpy(to + left, bytes_.get() + begin + left, piece);
      static_cast<void>(resize(std::max<std::size_t>(begin + left, 1)));  // if refused, it is freed later
    }
    return bytes;
  });
  return text;
}

}  // namespace exocast::native
