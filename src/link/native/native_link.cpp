// SPDX-License-Identifier: Apache-2.0
#include "link/native/native_link.h"

#include <algorithm>

#include "base/random.h"
#include "link/native/frames.h"
#include "link/native/sender_session.h"

namespace exocast {

std::string_view to_string(LinkBreak reason) noexcept {
  static constexpr std::string_view words[link_break_count] = {"closed",     "broken",     "goodbye",     "protocol",
                                                               "no_welcome", "wrong_peer", "disconnected"};
  return words[std::to_underlying(reason)];
}

NativeLink::NativeLink(Scheduler& scheduler, std::unique_ptr<Dialer> dialer, NativeLinkOptions options)
    : scheduler_(scheduler),
      dialer_(std::move(dialer)),
      options_(std::move(options)),
      random_(options_.seed != 0 ? options_.seed : random_seed()) {
  for (auto& session : sessions_) {
    session = std::make_unique<native::SenderSession>(scheduler_, *dialer_, options_, metrics_, Random(random_()));
  }
}

NativeLink::~NativeLink() = default;

std::size_t NativeLink::message_bytes_max() const noexcept {
  std::size_t least = options_.message_bytes_max;
  for (const auto& session : sessions_) least = std::min(least, session->message_bytes_max());
  return least;
}

LinkTraits NativeLink::traits() const noexcept {
  return {.ordered = true,
          .batch_messages_max = native::batch_messages_max,
          .batch_bytes_max = native::batch_bytes_max,
          .gather_for = options_.gather_for};
}

void NativeLink::tell(const LogProgress& log) {
  for (const auto& session : sessions_) session->tell(log);
}

void NativeLink::disconnect() noexcept {
  for (const auto& session : sessions_) session->disconnect();
}

bool NativeLink::connected() const noexcept {
  return std::ranges::any_of(sessions_, [](const auto& session) { return session->connected(); });
}

/// A large message is a batch of its own.
native::SenderSession& NativeLink::session_for(MessageBatch batch, StreamClass stream_class) {
  const bool large = batch.size() == 1 && batch.front()->bytes() > native::batch_bytes_max;
  return *sessions_[large ? all_stream_classes.size() : std::to_underlying(stream_class)];
}

task<std::expected<void, Status>> NativeLink::deliver(Message message, Deadline deadline) {
  const Message* const first = &message;
  const MessageBatch batch(&first, 1);
  BatchEnd end = co_await session_for(batch, BatchOptions().stream_class).deliver(batch, {.deadline = deadline});
  if (end.broken) co_return std::unexpected(*std::move(end.broken));
  if (!end.refused.empty()) co_return std::unexpected(std::move(end.refused.front().error));
  co_return {};
}

task<BatchEnd> NativeLink::deliver_all(MessageBatch batch, BatchOptions options) {
  co_return co_await session_for(batch, options.stream_class).deliver(batch, options);
}

}  // namespace exocast
