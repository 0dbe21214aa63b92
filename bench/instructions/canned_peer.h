// SPDX-License-Identifier: Apache-2.0
#pragma once
// Canned ends of native links, in memory: they answer with as few instructions as possible, so that what is counted is
// the other end.
//
//   NativeLink link(loop, std::make_unique<CannedDialer>(loop));  // each batch is acknowledged in the next turn
//   receiver.serve(std::make_unique<CannedSender>(loop, frames));  // sends one frame each turn
//
// Threading: one thread, that of the loop. Lifetime: the loop outlives them.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "exocast/gather/scheduler.h"
#include "link/stream/byte_stream.h"

namespace exocast::bench {

/// The far end of a sender's connection: welcomes it, and acknowledges every batch as a whole. Of a batch it reads the
/// head and the length of the first item: all messages of one batch have the same size.
class CannedPeer final : public ByteStream, private Runnable {
 public:
  explicit CannedPeer(Scheduler& scheduler) noexcept : scheduler_(scheduler) {}

  void listen(Listener& listener) noexcept override { listener_ = &listener; }
  std::expected<std::size_t, StreamFault> write(std::span<const Bytes> parts) noexcept override;
  std::expected<std::size_t, StreamFault> read(std::span<std::byte> into) noexcept override;
  std::string fault_text() const override { return {}; }

 private:
  /// Enough for the length of a frame, the head of a batch and the length of its first item.
  static constexpr std::size_t head_bytes_max = 64;

  void take(Bytes part) noexcept;
  /// Reads the first head_bytes_max bytes of a frame, or all that it has. Returns its length.
  std::size_t take_head(const std::byte* frame) noexcept;
  void run() noexcept override { listener_->on_readable(); }

  Scheduler& scheduler_;
  Listener* listener_ = nullptr;
  std::array<std::byte, head_bytes_max> head_ = {};  // the first bytes of the frame that arrives
  std::size_t head_bytes_ = 0;
  std::size_t rest_bytes_ = 0;  // what is to come of a frame whose head has been taken
  bool greeted_ = false;
  bool welcomed_ = false;
  std::uint64_t handled_ = 0;
  std::uint64_t acknowledged_ = 0;
};

/// Connects to a new CannedPeer each time.
class CannedDialer final : public Dialer {
 public:
  explicit CannedDialer(Scheduler& scheduler) noexcept : scheduler_(scheduler) {}
  task<std::expected<std::unique_ptr<ByteStream>, Status>> dial(Deadline deadline) override;

 private:
  Scheduler& scheduler_;
};

/// The far end of a receiver's connection: sends frames that were written beforehand, one each turn.
class CannedSender final : public ByteStream, private Runnable {
 public:
  explicit CannedSender(Scheduler& scheduler) noexcept : scheduler_(scheduler) {}

  /// Sends `frames`, after those before. They stay alive until all were read.
  void send(std::span<const std::string> frames) noexcept;
  /// Whether all were read.
  bool finished() const noexcept { return frames_.empty(); }

  void listen(Listener& listener) noexcept override { listener_ = &listener; }
  std::expected<std::size_t, StreamFault> write(std::span<const Bytes> parts) noexcept override;
  std::expected<std::size_t, StreamFault> read(std::span<std::byte> into) noexcept override;
  std::string fault_text() const override { return {}; }

 private:
  void run() noexcept override { listener_->on_readable(); }

  Scheduler& scheduler_;
  Listener* listener_ = nullptr;
  std::span<const std::string> frames_;
  std::size_t sent_ = 0;  // bytes of the first of them
};

}  // namespace exocast::bench
