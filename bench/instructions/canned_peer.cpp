// SPDX-License-Identifier: Apache-2.0
#include "bench/instructions/canned_peer.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "link/native/frames.h"

namespace exocast::bench {
namespace {

constexpr std::byte hello_tag{(native::frame_field::hello << 3U) | 2U};
constexpr std::byte batch_tag{(native::frame_field::batch << 3U) | 2U};
constexpr std::byte first_tag{native::batch_field::first << 3U};
constexpr std::byte items_tag{(native::batch_field::items << 3U) | 2U};

std::uint64_t varint_at(const std::byte*& at) noexcept {
  std::uint64_t value = 0;
  for (unsigned shift = 0;; shift += 7) {
    const auto byte = std::to_integer<std::uint64_t>(*at++);
    value |= (byte & 0x7fU) << shift;
    if (byte < 0x80) return value;
  }
}

std::size_t length_at(const std::byte* at) noexcept {
  std::uint32_t length = 0;
  std::memcpy(&length, at, sizeof(length));
  return __builtin_bswap32(length);
}

}  // namespace

std::expected<std::size_t, StreamFault> CannedPeer::write(std::span<const Bytes> parts) noexcept {
  std::size_t bytes = 0;
  for (const Bytes& part : parts) {
    take(part);
    bytes += part.size();
  }
  if ((handled_ > acknowledged_ || greeted_ > welcomed_) && !queued()) scheduler_.post(*this);
  return bytes;
}

void CannedPeer::take(Bytes part) noexcept {
  while (!part.empty()) {
    if (rest_bytes_ > 0) {
      const std::size_t skipped = std::min(rest_bytes_, part.size());
      rest_bytes_ -= skipped;
      part = part.subspan(skipped);
      continue;
    }
    if (head_bytes_ == 0 && part.size() >= head_bytes_max) {  // the usual case
      rest_bytes_ = take_head(part.data());
      continue;
    }
    // No more than the frame has: its length tells, once it is there.
    std::size_t wanted = native::length_bytes;
    if (head_bytes_ >= wanted) wanted = std::min(head_bytes_max, wanted + length_at(head_.data()));
    const std::size_t copied = std::min(wanted - head_bytes_, part.size());
    std::memcpy(head_.data() + head_bytes_, part.data(), copied);
    head_bytes_ += copied;
    part = part.subspan(copied);
    if (head_bytes_ == wanted && wanted > native::length_bytes) {
      rest_bytes_ = take_head(head_.data()) - std::exchange(head_bytes_, 0);
    }
  }
}

std::size_t CannedPeer::take_head(const std::byte* frame) noexcept {
  const std::size_t frame_bytes = native::length_bytes + length_at(frame);
  const std::byte* at = frame + native::length_bytes;
  const std::byte tag = *at++;
  if (tag == hello_tag) greeted_ = true;
  if (tag != batch_tag) return frame_bytes;
  varint_at(at);
  std::uint64_t first = 0;
  while (*at != items_tag) {
    const bool is_first = *at++ == first_tag;
    const std::uint64_t value = varint_at(at);
    if (is_first) first = value;
  }
  const std::size_t items_bytes = frame_bytes - static_cast<std::size_t>(at - frame);
  const std::byte* item = at + 1;
  const std::size_t length = varint_at(item);
  const std::size_t item_bytes = static_cast<std::size_t>(item - at) + length;
  handled_ = first + items_bytes / item_bytes - 1;
  return frame_bytes;
}

std::expected<std::size_t, StreamFault> CannedPeer::read(std::span<std::byte> into) noexcept {
  if (greeted_ && !welcomed_) {
    const std::string welcome = native::write(native::Welcome{.incarnation = 1,
                                                              .message_bytes_max = std::size_t{64} << 20,
                                                              .window_messages = native::window_messages_max,
                                                              .window_bytes = std::size_t{4} << 20});
    if (into.size() < welcome.size()) return std::unexpected(StreamFault::broken);
    std::ranges::copy(bytes_of(welcome), into.begin());
    welcomed_ = true;
    return welcome.size();
  }
  if (handled_ == acknowledged_) return std::unexpected(StreamFault::would_block);
  if (into.size() < native::plain_ack_bytes_max) return std::unexpected(StreamFault::broken);
  acknowledged_ = handled_;
  return native::write_plain_ack(into.data(), handled_);
}

task<std::expected<std::unique_ptr<ByteStream>, Status>> CannedDialer::dial(Deadline /*deadline*/) {
  co_return std::make_unique<CannedPeer>(scheduler_);
}

void CannedSender::send(std::span<const std::string> frames) noexcept {
  frames_ = frames;
  sent_ = 0;
  if (!queued()) scheduler_.post(*this);
}

std::expected<std::size_t, StreamFault> CannedSender::write(std::span<const Bytes> parts) noexcept {
  std::size_t bytes = 0;
  for (const Bytes& part : parts) bytes += part.size();
  return bytes;
}

std::expected<std::size_t, StreamFault> CannedSender::read(std::span<std::byte> into) noexcept {
  if (frames_.empty() || into.empty()) return std::unexpected(StreamFault::would_block);
  const std::string& frame = frames_.front();
  const std::size_t bytes = std::min(into.size(), frame.size() - sent_);
  std::memcpy(into.data(), frame.data() + sent_, bytes);
  sent_ += bytes;
  if (sent_ == frame.size()) {
    frames_ = frames_.subspan(1);
    sent_ = 0;
  }
  if (bytes < into.size() && !frames_.empty() && !queued()) scheduler_.post(*this);
  return bytes;
}

}  // namespace exocast::bench
