// SPDX-License-Identifier: Apache-2.0
#pragma once
// RawEnd: one end of a simulated wire that sends any bytes, valid frames or not. For tests. One thread.

#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "link/native/frame_reader.h"
#include "link/native/frames.h"

namespace exocast::test {

class RawEnd final : private ByteStream::Listener {
 public:
  explicit RawEnd(std::unique_ptr<ByteStream> stream) : stream_(std::move(stream)) {
    stream_->listen(*this);
    on_readable();
  }

  void say(std::string_view frame) {
    const Bytes parts[] = {bytes_of(frame)};
    static_cast<void>(stream_->write(parts));
  }
  void say_batch(std::uint64_t first, std::span<const Message> messages, std::uint64_t settled = 0) {
    say(batch(first, messages, settled));
  }
  static std::string batch(std::uint64_t first, std::span<const Message> messages, std::uint64_t settled = 0,
                           std::uint64_t missed = 0, std::uint64_t position = 0, std::uint64_t log_settled = 0) {
    native::BatchLayout layout(first, settled, missed);
    layout.set_log(position, log_settled, {});
    for (const Message& message : messages) layout.add(item_head_bytes(message.bytes()) + message.bytes());
    std::string frame(layout.frame_bytes(), '\0');
    FieldWriter writer(reinterpret_cast<std::byte*>(frame.data()));
    layout.write_head(writer);
    for (const Message& message : messages) {
      write_item_head(writer, message.kind(), message.bytes());
      writer.raw(bytes_of(message.encoded()));
    }
    return frame;
  }
  void hang_up() { stream_.reset(); }

  /// The received frames of this kind.
  template <class Frame>
  std::vector<Frame> heard() const {
    std::vector<Frame> some;
    for (const native::AnyFrame& frame : frames_) {
      if (const auto* one = std::get_if<Frame>(&frame)) some.push_back(*one);
    }
    return some;
  }
  bool ended() const noexcept { return ended_; }
  /// The reason of the received goodbye; `unspecified` without one.
  native::Farewell farewell() const {
    const auto goodbyes = heard<native::Goodbye>();
    return goodbyes.empty() ? native::Farewell::unspecified : goodbyes.back().reason;
  }

 private:
  void on_readable() noexcept override {
    while (true) {
      const auto room = reader_.room();
      const auto read = stream_->read(room);
      if (!read) {
        ended_ = read.error() != StreamFault::would_block;
        return;
      }
      reader_.filled(*read);
      while (const auto frame = reader_.next()) {
        if (auto content = native::read_frame(*frame)) frames_.push_back(*std::move(content));
      }
    }
  }
  void on_writable() noexcept override {}

  std::unique_ptr<ByteStream> stream_;
  native::FrameReader reader_{4096, std::size_t{1} << 20};
  std::vector<native::AnyFrame> frames_;
  bool ended_ = false;
};

}  // namespace exocast::test
