// SPDX-License-Identifier: Apache-2.0
#include "link/exo/client_call.h"

#include "link/exo/status.h"

namespace exocast {
namespace {

/// Longer requests are shared with gRPC instead of copied, which costs one more allocation per receiver.
constexpr std::size_t copied_bytes_max = 4096;

grpc::ByteBuffer buffer_of(const grpc::Slice& slice) { return {&slice, 1}; }

grpc::Slice slice_of(const Message& message) {
  const std::string_view bytes = message.encoded();
  if (bytes.size() <= copied_bytes_max) return {bytes.data(), bytes.size()};
  // gRPC takes void*, but never writes to a shared slice.
  return {const_cast<char*>(bytes.data()), bytes.size(),
          [](void* owner) { delete static_cast<std::shared_ptr<const void>*>(owner); },
          new std::shared_ptr<const void>(message.owner())};
}

/// gRPC's monotonic clock is the steady clock.
gpr_timespec timespec_of(TimePoint time) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  return {.tv_sec = seconds.count(),
          .tv_nsec = static_cast<std::int32_t>(std::chrono::nanoseconds(since - seconds).count()),
          .clock_type = GPR_CLOCK_MONOTONIC};
}

}  // namespace

ClientCall::ClientCall(ClientCalls& calls, CallWait& waiter) noexcept : calls_(calls), waiter_(&waiter) {}

void ClientCall::start(grpc::GenericStub& stub, const std::string& method, const grpc::ByteBuffer& request,
                       Deadline deadline) {
  if (!deadline.is_never()) context_.set_deadline(timespec_of(deadline.time()));
  reader_ = stub.PrepareUnaryCall(&context_, method, request, calls_.queue());
  reader_->StartCall();
  reader_->Finish(&reply_, &status_, tag());
  calls_.add(*this);
}

void ClientCall::completed(bool /*ok*/) noexcept {
  calls_.remove(*this);
  if (waiter_ != nullptr) {
    waiter_->came_back();
  } else {
    delete this;
  }
}

/// The text is gRPC's own, made on this side: no text of a peer can be at its beginning.
ClientCall::Reach ClientCall::reach() const {
  const std::string whole = context_.debug_error_string();
  std::string_view account = whole;
  constexpr std::string_view unknown = "UNKNOWN:";
  if (!account.starts_with(unknown)) return Reach::unknown;
  account.remove_prefix(unknown.size());
  if (account.starts_with("Error received from peer ")) return Reach::answered;
  // gRPC says this only if there is no connection to put a call on.
  const bool unconnected =
      account.starts_with("failed to connect to all addresses") || account.starts_with("DNS resolution failed for ");
  return unconnected ? Reach::nowhere : Reach::unknown;
}

std::string_view ClientCall::told(const std::string& key) const {
  const auto& all = context_.GetServerInitialMetadata();
  const auto found = all.find(key);
  return found != all.end() ? std::string_view(found->second.data(), found->second.size()) : std::string_view();
}

ClientCalls::ClientCalls(AsioLoop& loop, ExoClientOptions options)
    : loop_(loop),
      options_(options),
      empty_request_(buffer_of(grpc::Slice())),
      completions_(std::make_unique<Completions>(loop, std::make_unique<grpc::CompletionQueue>())) {}

const grpc::ByteBuffer& ClientCalls::request(const Message& message) {
  if (std::shared_ptr<const void> owner = message.owner(); owner != requested_) {
    request_ = buffer_of(slice_of(message));
    requested_ = std::move(owner);
  }
  return request_;
}

void ClientCalls::close() {
  std::unique_ptr<Completions> completions;
  {
    const AsioLoop::Entry inside = loop_.enter();
    completions = std::move(completions_);
    for (ClientCall* call = calls_.front(); call != nullptr; call = calls_.after(*call)) call->cancel();
  }
}

void ClientCalls::add(ClientCall& call) noexcept {
  calls_.push_back(call);
  ++live_;
}

void ClientCalls::remove(ClientCall& call) noexcept {
  call.unlink();
  if (--live_ > 0) return;
  requested_.reset();
  request_.Clear();
}

void CallWait::start() {
  const TimePoint now = context().scheduler->now();
  grpc::GenericStub& stub = channel_.stub(now);
  call_ = new ClientCall(calls_, *this);
  out_ = true;
  call_->start(stub, method_, request_, deadline_);
  if (const TimePoint ends = channel_.patience_ends(now); ends < deadline_.time()) {
    context().scheduler->wake_at(*this, ends);
  }
}

void CallWait::fired() noexcept {
  if (channel_.connected()) return;
  gave_up_ = true;
  call_->cancel();
}

void CallWait::on_stop() noexcept {
  stopping_ = true;
  call_->cancel();
}

void CallWait::came_back() noexcept {
  out_ = false;
  disarm();
  channel_.learn(call_->status());
  if (stopping_ && !call_->status().ok()) {
    stop().resume();
  } else {
    resume();
  }
}

CallWait::Reply CallWait::await_resume() {
  if (call_ != nullptr && call_->status().ok()) return std::move(call_->reply());
  if (calls_.closed()) return std::unexpected(Status::unavailable("the client is closed"));
  return std::unexpected(channel_.explain(call_->status(), gave_up_));
}

CallWait::~CallWait() {
  if (out_) {
    call_->abandon();
  } else {
    delete call_;
  }
}

}  // namespace exocast
