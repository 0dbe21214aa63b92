// SPDX-License-Identifier: Apache-2.0
#include "link/native/output.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace exocast::native {

constinit thread_local Output::Spare Output::spare_;

std::byte* Output::room(std::size_t bytes_max) {
  if (copied_.empty()) copied_.swap(spare_.copied);
  if (parts_.capacity() == 0) parts_.swap(spare_.parts);
  if (copied_.size() - copied_end_ < bytes_max) {
    if (copied_begin_ >= bytes_max && copied_begin_ >= copied_.size() / 2) {  // moves fewer bytes than were written
      std::memmove(copied_.data(), copied_.data() + copied_begin_, copied_end_ - copied_begin_);
      copied_end_ -= std::exchange(copied_begin_, 0);
    } else {
      copied_.resize(std::max({copied_end_ + bytes_max, 2 * copied_.size(), std::size_t{512}}));
    }
  }
  return copied_.data() + copied_end_;
}

void Output::used(std::size_t bytes) noexcept {
  if (parts_.size() == first_ || parts_.back().begin != nullptr) parts_.push_back({.bytes = 0});
  parts_.back().bytes += bytes;
  copied_end_ += bytes;
  queued_bytes_ += bytes;
}

void Output::append(Bytes bytes) {
  std::memcpy(room(bytes.size()), bytes.data(), bytes.size());
  used(bytes.size());
}

void Output::refer(Bytes bytes, std::shared_ptr<const void> owner) {
  queued_bytes_ += bytes.size();
  parts_.push_back({.bytes = bytes.size(), .begin = bytes.data(), .owner = std::move(owner)});
}

std::expected<void, StreamFault> Output::write_to(ByteStream& stream) {
  while (!empty()) {
    // Usually there is one part, and the array for many is not worth touching.
    const bool one = parts_.size() - first_ == 1;
    if (const auto written = one ? write_some<1>(stream) : write_some<parts_max>(stream); !written) return written;
  }
  return {};
}

/// Writes at most `count_max` parts. A value means that everything was written.
template <std::size_t count_max>
std::expected<void, StreamFault> Output::write_some(ByteStream& stream) {
  std::array<Bytes, count_max> parts;
  std::size_t count = 0;
  std::size_t looked_at = 0;
  const std::byte* copied = copied_.data() + copied_begin_;
  for (std::size_t at = first_; at < parts_.size() && count < count_max; ++at) {
    const Part& part = parts_[at];
    const std::size_t skipped = at == first_ ? skipped_ : 0;
    const std::size_t bytes = part.bytes - skipped;
    if (part.begin == nullptr) {
      parts[count++] = {copied, bytes};
      copied += bytes;
    } else {
      parts[count++] = {part.begin + skipped, bytes};
    }
    looked_at += bytes;
  }
  const auto taken = stream.write({parts.data(), count});
  if (!taken) return std::unexpected(taken.error());
  take(*taken);
  if (*taken < looked_at) return std::unexpected(StreamFault::would_block);
  return {};
}

void Output::take(std::size_t bytes) noexcept {
  written_total_ += bytes;
  queued_bytes_ -= bytes;
  if (empty()) return clear();
  while (bytes > 0) {
    Part& part = parts_[first_];
    const std::size_t taken = std::min(bytes, part.bytes - skipped_);
    if (part.begin == nullptr) copied_begin_ += taken;
    bytes -= taken;
    skipped_ += taken;
    if (skipped_ < part.bytes) return;
    part.owner.reset();
    skipped_ = 0;
    ++first_;
  }
  // Written parts are erased when they are the majority, so a queue that never empties stays bounded.
  if (first_ > parts_.size() / 2 && first_ > parts_max) {
    parts_.erase(parts_.begin(), parts_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
}

void Output::clear() noexcept {
  parts_.clear();
  first_ = skipped_ = 0;
  copied_begin_ = copied_end_ = 0;
  queued_bytes_ = 0;
  if (copied_.size() > kept_bytes) copied_ = {};
  if (!copied_.empty()) spare_.copied = std::exchange(copied_, {});
  if (parts_.capacity() > 0) spare_.parts = std::exchange(parts_, {});
}

}  // namespace exocast::native
