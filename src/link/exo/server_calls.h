// SPDX-License-Identifier: Apache-2.0
#pragma once
// ServerCalls: the shared state of a server's calls, and the limits on their number. Internal to this folder.
//
// For each method some calls are requested ahead, so that a burst enters the loop together. An arriving call is
// replaced at once unless the limit of calls being answered is reached: then further calls wait inside gRPC.
// Threading: inside the loop. Lifetime: outlives its calls; the server, the handler and the loop outlive it.

#include <array>
#include <atomic>

#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/async_generic_service.h>

#include "link/exo/server_call.h"
#include "message/proto/node_service.grpc.pb.h"
#include "message/proto/questions.grpc.pb.h"

namespace exocast {

/// NodeService with four raw methods, so that we answer bytes that do not parse; the generic service, which does not
/// read requests, gets the others.
using RawNodeService = node_service::NodeService::WithRawMethod_SendResult<
    node_service::NodeService::WithRawMethod_SendOpaqueStatus<node_service::NodeService::WithRawMethod_CollectTopology<
        node_service::NodeService::WithRawMethod_HealthCheck<node_service::NodeService::WithGenericMethod_SendPrompt<
            node_service::NodeService::WithGenericMethod_SendTensor<
                node_service::NodeService::WithGenericMethod_SendExample<node_service::NodeService::Service>>>>>>>;

using RawQuestions = wire::NodeQuestions::WithRawMethod_Ask<wire::NodeQuestions::Service>;

/// How many calls of a kind are requested, and how many are being answered.
struct CallCount {
  std::size_t ahead_max = 0;
  std::size_t answering_max = 0;
  std::size_t ahead = 0;
  std::size_t answering = 0;

  bool wants_more() const noexcept { return ahead < ahead_max && ahead + answering < answering_max; }
};

struct ServedMethod {
  void (*request)(ServerCalls& calls, grpc::ServerContext* context, grpc::ByteBuffer* request,
                  grpc::ServerAsyncResponseWriter<grpc::ByteBuffer>* responder, void* tag);
  void (ServerCall::*read)();    // outside of the loop
  void (ServerCall::*handle)();  // inside the loop
  CallCount count;
};

class ServerCalls {
 public:
  ServerCalls(AsioLoop& loop, ExoHandler& handler, const ExoServerOptions& options);

  RawNodeService& service() noexcept { return service_; }
  RawQuestions& questions() noexcept { return questions_; }
  grpc::AsyncGenericService& generic_service() noexcept { return generic_service_; }
  AsioLoop& loop() noexcept { return loop_; }
  ExoHandler& handler() noexcept { return handler_; }
  Scope& scope() noexcept { return scope_; }
  const ExoServerOptions& options() const noexcept { return options_; }
  grpc::ServerCompletionQueue* queue() const noexcept { return queue_; }

  /// Requests calls, from the start of the server on.
  void open(grpc::ServerCompletionQueue* queue);

  /// Requests no more calls, and asks the handler's tasks to stop.
  void stop() noexcept;
  /// From any thread; once true, it stays.
  bool stopping() const noexcept { return stopping_.load(std::memory_order_relaxed); }

  /// Destroys the handler's tasks that are still running.
  void abandon() noexcept;

  std::size_t answering() const noexcept;

  // Called by the calls: a requested one has arrived (or, while stopping, will not); its answer has been sent.
  void came(CallCount& count) noexcept;
  void answered(CallCount& count) noexcept;
  CallCount& refused() noexcept { return refused_; }

  /// Registers a call whose task will take `bytes`; false if that exceeds the limit.
  bool add(ServerCall& call, std::size_t bytes) noexcept;
  void remove(ServerCall& call) noexcept;

 private:
  void ask_for_more();

  AsioLoop& loop_;
  ExoHandler& handler_;
  const ExoServerOptions options_;
  Scope scope_;
  RawNodeService service_;
  RawQuestions questions_;
  grpc::AsyncGenericService generic_service_;
  grpc::ServerCompletionQueue* queue_ = nullptr;
  std::array<ServedMethod, 5> methods_;
  CallCount refused_;
  IntrusiveList<ServerCall> calls_;
  std::size_t accepting_bytes_ = 0;
  std::atomic<bool> stopping_ = false;
};

}  // namespace exocast
