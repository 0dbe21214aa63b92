// SPDX-License-Identifier: Apache-2.0
#pragma once
// ServerCall, RefusedCall: calls of a server, from waiting for a call to the end of its answer. Internal to this
// folder.
//
// Each is one heap object that owns itself. It is a tag of the completion queue while it waits for a call and while
// its answer is sent; in between, while the handler's task runs, it is in ServerCalls. Threading: inside the loop,
// except for reading the request, which may be large or hostile: that is done before entering the loop. Lifetime:
// ServerCalls outlives them.

#include <optional>

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/async_unary_call.h>
#include <grpcpp/support/byte_buffer.h>

#include "exocast/gather/detail/frame_cache.h"
#include "exocast/gather/detail/intrusive_list.h"
#include "link/exo/completions.h"
#include "link/exo/exo_server.h"

namespace exocast {

class ServerCalls;
struct ServedMethod;

/// One call of a supported method.
class ServerCall final : public Completion, public IntrusiveLink<ServerCall>, private Continuation, private Timer {
 public:
  /// Asks gRPC for the next call of `method`.
  ServerCall(ServerCalls& calls, ServedMethod& method);
  ServerCall(const ServerCall&) = delete;
  ServerCall& operator=(const ServerCall&) = delete;

  // Read the requests of the methods, outside of the loop.
  template <class Request>
  void read();
  template <class Request>
  void read_message();
  void read_question();

  // Handle the requests of the methods.
  void accept();
  void answer_question();
  void tell_topology();
  void tell_health();

  /// While the handler's task runs: asks it to stop, or destroys it.
  void request_stop() noexcept { stop_.request(); }
  void abandon() noexcept;

  static void* operator new(std::size_t bytes) { return FrameCache::allocate(bytes); }
  static void operator delete(void* memory, std::size_t bytes) noexcept { FrameCache::release(memory, bytes); }

 private:
  friend class ServerCalls;
  enum class State { waiting, handling, answering };

  bool prepare(bool ok) noexcept override;
  void completed(bool ok) noexcept override;
  template <class Request>
  bool parse(Request& request, std::size_t bytes_max);
  template <class Response>
  void answer(const Response& response);
  void refuse(const grpc::Status& status);
  bool take(std::size_t bytes);
  template <class T>
  void run(task<std::expected<T, Status>>& work);
  template <class T>
  std::coroutine_handle<> finish(task<std::expected<T, Status>>& work) noexcept;
  void tell(std::string_view answered);
  std::string_view kind() const noexcept { return answering_ ? "question" : "message"; }
  TimePoint answer_by() const;

  // Called at the end of the handler's task.
  std::coroutine_handle<> completed() noexcept override;
  std::coroutine_handle<> stopped() noexcept override;
  void fired() noexcept override;
  void handled() noexcept;

  ServerCalls& calls_;
  ServedMethod& method_;
  State state_ = State::waiting;
  bool timed_out_ = false;
  std::size_t accepting_bytes_ = 0;
  StopSource stop_;
  Context task_context_{};
  task<std::expected<void, Status>> accepting_{skip};  // one of the two runs
  task<std::expected<std::string, Status>> answering_{skip};
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
  grpc::Status fault_;              // the fault of the request, if any
  std::optional<Message> message_;  // the message in the request
  std::optional<Question> question_;
  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer> responder_{&context_};
};

/// One call of any other method: refused without reading the request.
class RefusedCall final : public Completion {
 public:
  explicit RefusedCall(ServerCalls& calls);

 private:
  void completed(bool ok) noexcept override;

  ServerCalls& calls_;
  bool answering_ = false;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter stream_{&context_};
};

}  // namespace exocast
