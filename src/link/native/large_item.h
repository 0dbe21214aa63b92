// SPDX-License-Identifier: Apache-2.0
#pragma once
// LargeItem: a large message that is decoded and checked outside of the loop. Internal to this folder.
//
// It owns the memory of its frame, so it does not depend on the connection. Threading: inside the loop, except for
// work(). Lifetime: the connection outlives it, or abandons it.

#include <atomic>
#include <cstddef>
#include <expected>
#include <optional>

#include "link/native/frame_reader.h"
#include "link/native/frames.h"
#include "loop/worker.h"

namespace exocast::native {

class ReceiverConnection;

/// As decode(item, message_bytes_max), for an `item` inside `memory`; the text of a status is moved, not copied. Frees
/// the memory.
std::expected<Message, Status> decode_large(const Item& item, FrameMemory memory, std::size_t message_bytes_max);

class LargeItem final : public Job {
 public:
  LargeItem(ReceiverConnection& connection, const Item& item, FrameMemory memory,
            std::size_t message_bytes_max) noexcept
      : connection_(&connection), item_(item), memory_(std::move(memory)), message_bytes_max_(message_bytes_max) {}

  /// The connection ends. Frees the memory, unless it is being decoded: then that frees it.
  void abandon() noexcept;

  void work() noexcept override;
  void finish() noexcept override;

 private:
  ReceiverConnection* connection_;   // null once abandoned
  std::atomic<bool> taken_ = false;  // by work() or by abandon(): the first one owns the following
  Item item_;
  FrameMemory memory_;
  std::size_t message_bytes_max_;
  std::optional<std::expected<Message, Status>> message_;
};

}  // namespace exocast::native
