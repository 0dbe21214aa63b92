// SPDX-License-Identifier: Apache-2.0
// A receiver gets any bytes, as a stranger's first bytes or after a valid hello.
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "link/native/frames.h"
#include "link/native/native_receiver.h"
#include "testing/link/sim_stream.h"
#include "testing/sim_loop.h"

namespace {

using namespace exocast;  // NOLINT(google-build-using-namespace)

struct Handler final : MessageHandler {
  task<std::expected<void, Status>> accept(Message message) override {
    bytes += message.bytes();
    if (message.finished()) co_return std::unexpected(Status::unknown("no"));
    co_return {};
  }
  std::size_t bytes = 0;
};

/// Ignores all events.
struct Deaf final : ByteStream::Listener {
  void on_readable() noexcept override {}
  void on_writable() noexcept override {}
};

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  SimLoop loop(data[0]);
  Handler handler;
  NativeReceiver receiver(loop, handler, {.message_bytes_max = 4096, .read_buffer_bytes = 64, .seed = 1});
  std::string said;
  if ((data[0] & 1U) != 0) said = native::write(native::Hello{.session = 7});
  said.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t pieces = (data[0] & 2U) != 0 ? 7 : SIZE_MAX;
  const auto wire = SimWire::make(loop, loop.random("wire"), {.piece_bytes_max = pieces});
  receiver.serve(wire->end(SimWire::second));
  Deaf deaf;
  auto end = wire->end(SimWire::first);
  end->listen(deaf);
  const Bytes parts[] = {bytes_of(said)};
  static_cast<void>(end->write(parts));
  end.reset();
  while (loop.turn()) {
  }
  if (receiver.metrics().connections != 0) std::abort();
  return 0;
}
