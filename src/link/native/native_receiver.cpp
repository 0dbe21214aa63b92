// SPDX-License-Identifier: Apache-2.0
#include "link/native/native_receiver.h"

#include <algorithm>

#include "link/native/item.h"
#include "link/native/receiver_connection.h"
#include "link/native/receiver_session.h"

namespace exocast {

std::string_view to_string(ReceiverClose reason) noexcept {
  static constexpr std::string_view words[receiver_close_count] = {
      "closed", "broken", "no_hello", "version", "protocol", "too_large", "superseded", "overloaded", "shutting_down"};
  return words[std::to_underlying(reason)];
}

NativeReceiver::NativeReceiver(Scheduler& scheduler, MessageHandler& handler, NativeReceiverOptions options,
                               Worker* worker)
    : scheduler_(scheduler),
      handler_(handler),
      worker_(worker),
      options_(std::move(options)),
      incarnations_(options_.seed != 0 ? options_.seed : random_seed()),
      scope_(scheduler) {
  native::quiet_protobuf();
}

NativeReceiver::~NativeReceiver() = default;

void NativeReceiver::serve(std::unique_ptr<ByteStream> stream) {
  ++metrics_.connections_total;
  metrics_.connections_peak = std::max(metrics_.connections_peak, ++metrics_.connections);
  auto connection = std::make_unique<native::ReceiverConnection>(*this, std::move(stream));
  const auto self = connections_.insert(connections_.end(), std::move(connection));
  native::ReceiverConnection& made = **self;
  made.self = self;
  if (draining_) return made.leave(ReceiverClose::shutting_down, "the receiver is shutting down");
  if (metrics_.connections > options_.connections_max) {
    return made.leave(ReceiverClose::overloaded, "too many connections");
  }
  made.start();
}

task<std::size_t> NativeReceiver::drain(Deadline deadline) {
  draining_ = true;
  for (auto at = connections_.begin(); at != connections_.end();) (*at++)->advance();
  while (metrics_.accepting > 0) {
    idle_.reset();
    co_await idle_.wait(deadline);
    if (deadline.passed(scheduler_.now())) break;
  }
  const std::size_t abandoned = metrics_.accepting;
  connections_.clear();
  metrics_.connections = 0;
  unconnected_.clear();
  sessions_.clear();
  metrics_.sessions = 0;
  co_return abandoned;
}

/// The session with that id, created if new. Null if there are too many.
native::ReceiverSession* NativeReceiver::session(std::uint64_t id) {
  if (const auto found = sessions_.find(id); found != sessions_.end()) return found->second.get();
  if (sessions_.size() >= options_.sessions_max && !forget_one()) return nullptr;
  auto session = std::make_unique<native::ReceiverSession>(*this, id, incarnations_() | 1U);
  session->unconnected = unconnected_.insert(unconnected_.end(), session.get());
  metrics_.sessions = sessions_.size() + 1;
  ++metrics_.sessions_total;
  return (sessions_[id] = std::move(session)).get();
}

bool NativeReceiver::forget_one() {
  const auto idle = std::ranges::find_if(unconnected_, [](const auto* session) { return !session->busy(); });
  if (idle == unconnected_.end()) return false;
  const std::uint64_t id = (*idle)->id();
  unconnected_.erase(idle);
  sessions_.erase(id);
  ++metrics_.forgotten_total;
  return true;
}

void NativeReceiver::close(native::ReceiverConnection& connection, ReceiverClose reason) {
  ++metrics_.closes[std::to_underlying(reason)];
  --metrics_.connections;
  native::ReceiverSession* session = connection.session_;
  if (session != nullptr && session->connection == &connection) {
    session->connection = nullptr;
    session->unconnected = unconnected_.insert(unconnected_.end(), session);
  }
  connections_.erase(connection.self);
}

}  // namespace exocast
