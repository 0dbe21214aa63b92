// SPDX-License-Identifier: Apache-2.0
#pragma once
// ClientCalls, ClientCall, CallWait: unary calls as awaitables, one heap object per call. Internal to this folder.
//
// gRPC writes into a call until its tag comes back, so until then the call belongs to the completion queue: a stopped
// task waits for it, and a destroyed task abandons it. ClientCalls knows all calls under way. Threading: inside the
// loop; close() outside of it. Lifetime: links share the ClientCalls, which lives as long as the last of them.

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include <grpcpp/client_context.h>
#include <grpcpp/support/byte_buffer.h>

#include "exocast/gather/detail/frame_cache.h"
#include "exocast/gather/detail/intrusive_list.h"
#include "exocast/gather/detail/suspension.h"
#include "link/exo/client_channel.h"
#include "link/exo/completions.h"

namespace exocast {

class CallWait;
class ClientCalls;

/// One call, under way or completed.
class ClientCall final : public Completion, public IntrusiveLink<ClientCall> {
 public:
  ClientCall(ClientCalls& calls, CallWait& waiter) noexcept;
  ClientCall(const ClientCall&) = delete;
  ClientCall& operator=(const ClientCall&) = delete;

  void start(grpc::GenericStub& stub, const std::string& method, const grpc::ByteBuffer& request, Deadline deadline);

  /// Makes the call complete soon.
  void cancel() { context_.TryCancel(); }

  /// No task waits for the call any more: it destroys itself when it completes.
  void abandon() {
    waiter_ = nullptr;
    cancel();
  }

  // After completion.

  const grpc::Status& status() const noexcept { return status_; }
  grpc::ByteBuffer& reply() noexcept { return reply_; }

  /// How far a failed call came.
  enum class Reach : unsigned char {
    nowhere,   ///< there was no connection
    answered,  ///< the status came from the peer
    unknown,
  };
  Reach reach() const;

  /// The value that the peer sent under `key` with its answer; "" if none.
  std::string_view told(const std::string& key) const;

  static void* operator new(std::size_t bytes) { return FrameCache::allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept { FrameCache::release(memory, bytes); }

 private:
  friend class ClientCalls;
  void completed(bool ok) noexcept override;

  ClientCalls& calls_;
  CallWait* waiter_;
  grpc::ClientContext context_;
  grpc::ByteBuffer reply_;
  grpc::Status status_;
  std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader_;  // placed in gRPC's memory for the call
};

/// The calls of one client.
class ClientCalls {
 public:
  ClientCalls(AsioLoop& loop, ExoClientOptions options);

  const ExoClientOptions& options() const noexcept { return options_; }
  std::size_t live() const noexcept { return live_; }

  /// The request for `message`, made once for all its receivers. Valid until the next call of this function, or until
  /// no call is under way.
  const grpc::ByteBuffer& request(const Message& message);
  const grpc::ByteBuffer& empty_request() const noexcept { return empty_request_; }

  bool closed() const noexcept { return completions_ == nullptr; }
  grpc::CompletionQueue* queue() const noexcept { return completions_->queue(); }

  /// Cancels all calls and waits until they have completed. No call starts afterwards.
  void close();

  // For ClientCall.
  void add(ClientCall& call) noexcept;
  void remove(ClientCall& call) noexcept;

 private:
  AsioLoop& loop_;
  const ExoClientOptions options_;
  IntrusiveList<ClientCall> calls_;
  std::size_t live_ = 0;
  std::shared_ptr<const void> requested_;  // of the message that request_ was made from
  grpc::ByteBuffer request_;
  grpc::ByteBuffer empty_request_;
  std::unique_ptr<Completions> completions_;
};

/// `co_await CallWait(...)`: the reply, or the error. Stopping cancels the call and waits for its completion; a reply
/// that still arrives counts. The arguments must outlive it.
class CallWait final : public Suspension, private Timer {
 public:
  using Reply = std::expected<grpc::ByteBuffer, Status>;

  CallWait(ClientCalls& calls, ClientChannel& channel, const std::string& method, const grpc::ByteBuffer& request,
           Deadline deadline) noexcept
      : calls_(calls), channel_(channel), method_(method), request_(request), deadline_(deadline) {}
  CallWait(const CallWait&) = delete;
  CallWait& operator=(const CallWait&) = delete;
  ~CallWait();

  bool await_ready() const noexcept { return calls_.closed(); }
  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) {
    if (!suspend(handle)) return stop();
    start();
    return std::noop_coroutine();
  }
  Reply await_resume();

  /// Set by awaiting it; null if the client was closed before.
  const ClientCall* call() const noexcept { return call_; }

 private:
  friend class ClientCall;
  void start();
  void came_back() noexcept;
  void on_stop() noexcept override;
  void fired() noexcept override;

  ClientCalls& calls_;
  ClientChannel& channel_;
  const std::string& method_;
  const grpc::ByteBuffer& request_;
  Deadline deadline_;
  ClientCall* call_ = nullptr;
  bool out_ = false;  // call_ belongs to the completion queue
  bool stopping_ = false;
  bool gave_up_ = false;
};

}  // namespace exocast
