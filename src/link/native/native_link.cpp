// SPDX-License-Identifier: Apache-2.0
#include "link/native/native_link.h"

#include <algorithm>
#include <random>

#include "link/native/frames.h"
#include "link/native/sender_session.h"

namespace exocast {
namespace {

std::uint64_t seed_of(const NativeLinkOptions& options) {
  if (options.seed != 0) return options.seed;
  std::random_device device;
  return (std::uint64_t{device()} << 32U) | device();
}

}  // namespace

std::string_view to_string(LinkBreak reason) noexcept {
  static constexpr std::string_view words[link_break_count] = {"closed",     "broken",     "goodbye",     "protocol",
                                                               "no_welcome", "wrong_peer", "disconnected"};
  return words[std::to_underlying(reason)];
}

NativeLink::NativeLink(Scheduler& scheduler, std::unique_ptr<Dialer> dialer, NativeLinkOptions options)
    : scheduler_(scheduler),
      dialer_(std::move(dialer)),
      options_(std::move(options)),
      random_(seed_of(options_)),
      session_(std::make_unique<native::SenderSession>(scheduler_, *dialer_, options_, metrics_, Random(random_()))) {}

NativeLink::~NativeLink() = default;

std::size_t NativeLink::message_bytes_max() const noexcept { return session_->message_bytes_max(); }

LinkTraits NativeLink::traits() const noexcept {
  return {.ordered = true,
          .batch_messages_max = native::batch_messages_max,
          .batch_bytes_max = native::batch_bytes_max,
          .gather_for = options_.gather_for};
}

void NativeLink::disconnect() noexcept {
  session_->disconnect();
  if (bulk_) bulk_->disconnect();
}

bool NativeLink::connected() const noexcept { return session_->connected(); }

native::SenderSession& NativeLink::session_for(std::span<const Message> batch) {
  const auto large = [](const Message& message) { return message.bytes() > native::batch_bytes_max; };
  if (std::ranges::none_of(batch, large)) return *session_;
  if (!bulk_) {
    bulk_ = std::make_unique<native::SenderSession>(scheduler_, *dialer_, options_, metrics_, Random(random_()));
  }
  return *bulk_;
}

task<std::expected<void, Status>> NativeLink::deliver(Message message, Deadline deadline) {
  const std::span<const Message> batch(&message, 1);
  BatchEnd end = co_await session_for(batch).deliver(batch, deadline);
  if (end.broken) co_return std::unexpected(*std::move(end.broken));
  if (!end.refused.empty()) co_return std::unexpected(std::move(end.refused.front().error));
  co_return {};
}

task<BatchEnd> NativeLink::deliver_all(std::vector<Message> batch, Deadline deadline, BatchProgress* progress) {
  co_return co_await session_for(batch).deliver(batch, deadline, progress);
}

}  // namespace exocast
