// SPDX-License-Identifier: Apache-2.0
// Splits any bytes into frames and parses them; a valid frame must survive a round trip.
#include <cstdlib>
#include <cstring>

#include "link/native/frame_reader.h"
#include "link/native/frames.h"
#include "link/native/item.h"

using namespace exocast::native;  // NOLINT(google-build-using-namespace)

using exocast::bytes_of;

namespace {

void require(bool what) {
  if (!what) std::abort();
}

void try_again(const Hello& hello) {
  const auto again = read_frame(bytes_of(std::string_view(write(hello)).substr(length_bytes)));
  require(again.has_value() && std::get<Hello>(*again).session == hello.session);
}
void try_again(const Welcome& welcome) {
  const auto again = read_frame(bytes_of(std::string_view(write(welcome)).substr(length_bytes)));
  require(again.has_value() && std::get<Welcome>(*again).refused.size() == welcome.refused.size());
}
void try_again(const Ack& ack) {
  const auto again = read_frame(bytes_of(std::string_view(write(ack)).substr(length_bytes)));
  require(again.has_value() && std::get<Ack>(*again).handled == ack.handled);
}
void try_again(const Goodbye& goodbye) {
  const auto again = read_frame(bytes_of(std::string_view(write(goodbye)).substr(length_bytes)));
  require(again.has_value() && std::get<Goodbye>(*again).reason == goodbye.reason);
}
void try_again(const exocast::LogNews& news) {
  const auto again = read_frame(bytes_of(std::string_view(write(news)).substr(length_bytes)));
  require(again.has_value() && std::get<exocast::LogNews>(*again).incomplete == news.incomplete);
}
void try_again(Batch batch) {
  Item item;
  std::size_t messages = 0;
  for (; batch.next(item); ++messages) {
    if (messages > 0) batch.step();
    static_cast<void>(decode(item, 4096));
  }
  require(messages == batch.messages && messages <= batch_messages_max);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  quiet_protobuf();
  FrameReader reader(64, 4096);
  exocast::Bytes left = std::as_bytes(std::span(data, size));
  while (true) {
    const auto bytes = reader.next();
    if (bytes) {
      if (auto frame = read_frame(*bytes)) std::visit([](const auto& content) { try_again(content); }, *frame);
      continue;
    }
    if (bytes.error() == FrameFault::too_large || left.empty()) return 0;
    const auto room = reader.room();
    require(!room.empty() && reader.capacity() <= 2 * 4096 + 64);
    const std::size_t taken = std::min(room.size(), left.size());
    std::memcpy(room.data(), left.data(), taken);
    reader.filled(taken);
    left = left.subspan(taken);
  }
}
