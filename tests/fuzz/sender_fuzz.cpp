// SPDX-License-Identifier: Apache-2.0
// A sender with a pending batch gets any bytes, as the first answer or after a valid welcome.
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "exocast/gather/scope.h"
#include "link/native/frames.h"
#include "link/native/native_link.h"
#include "testing/link/deliver_all.h"
#include "testing/link/sim_stream.h"
#include "testing/sim_loop.h"
#include "tests/fuzz/scripted_stream.h"

using namespace exocast;  // NOLINT(google-build-using-namespace)

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace std::chrono_literals;
  if (size == 0) return 0;
  SimLoop loop(data[0]);
  std::string said;
  if ((data[0] & 1U) != 0) {
    said = write(
        native::Welcome{.incarnation = 1, .message_bytes_max = 4096, .window_messages = 256, .window_bytes = 4096});
  }
  said.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::size_t piece_bytes = (data[0] & 2U) != 0 ? 7 : SIZE_MAX;
  bool dialed = false;
  auto dialer =
      std::make_unique<SimDialer>([&](std::uint64_t /*attempt*/) -> std::expected<std::unique_ptr<ByteStream>, Status> {
        if (std::exchange(dialed, true)) return std::unexpected(Status::unavailable("gone"));
        return std::make_unique<ScriptedStream>(said, piece_bytes);
      });
  NativeLink link(loop, std::move(dialer), {.seed = 1});
  Scope scope(loop);
  std::size_t ended = 0;
  const Message tokens = *Message::token_result("r", std::vector{1, 2, 3}, false);
  const std::vector<Message> messages = {tokens, *Message::data("t", "x"), tokens};
  for (std::size_t batch = 1; batch <= 3; ++batch) {
    scope.spawn(test::deliver_all(link, {messages.begin(), messages.begin() + batch},
                                  {.deadline = Deadline::after(loop.now(), 5s)}),
                [&, batch](const OutcomeOf<BatchEnd>& outcome) noexcept {
                  ++ended;
                  if (!outcome.ok() || outcome.value().answered > batch) std::abort();
                });
  }
  while (loop.turn()) {
  }
  if (ended != 3 || link.metrics().waiting != 0) std::abort();
  return 0;
}
