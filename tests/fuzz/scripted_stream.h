// SPDX-License-Identifier: Apache-2.0
#pragma once
// ScriptedStream: a stream whose peer sends given bytes and then closes; writes are discarded. For the fuzz targets.

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "link/stream/byte_stream.h"

namespace exocast {

class ScriptedStream final : public ByteStream {
 public:
  /// Delivers `script` in pieces of up to `piece_bytes`.
  ScriptedStream(std::string script, std::size_t piece_bytes) : script_(std::move(script)), piece_bytes_(piece_bytes) {}

  void listen(Listener& /*listener*/) noexcept override {}
  std::expected<std::size_t, StreamFault> write(std::span<const Bytes> parts) noexcept override {
    std::size_t bytes = 0;
    for (const Bytes part : parts) bytes += part.size();
    return bytes;
  }
  std::expected<std::size_t, StreamFault> read(std::span<std::byte> into) noexcept override {
    const std::size_t bytes = std::min({into.size(), script_.size() - at_, piece_bytes_});
    if (bytes == 0) return std::unexpected(StreamFault::closed);
    std::memcpy(into.data(), script_.data() + at_, bytes);
    at_ += bytes;
    return bytes;
  }
  std::string fault_text() const override { return ""; }

 private:
  std::string script_;
  std::size_t piece_bytes_;
  std::size_t at_ = 0;
};

}  // namespace exocast
