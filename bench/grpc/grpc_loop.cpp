// SPDX-License-Identifier: Apache-2.0
#include "bench/grpc/grpc_loop.h"

#include <deque>
#include <stdexcept>
#include <string>
#include <vector>

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/generic/generic_stub.h>

#include "bench/fanout/sender.h"
#include "link/exo/client_channel.h"
#include "link/exo/mutex_checks.h"
#include "link/exo/quiet.h"

namespace exocast::bench {

struct GrpcLoop::State {
  struct Call {
    grpc::ClientContext context;
    grpc::ByteBuffer reply;
    grpc::Status status;
    std::unique_ptr<grpc::GenericClientAsyncResponseReader> reader;
  };

  State() {
    const std::string_view bytes = bench_message().encoded();
    const grpc::Slice slice(bytes.data(), bytes.size());
    request = grpc::ByteBuffer(&slice, 1);
  }

  const std::string method = "/node_service.NodeService/SendResult";
  const ExoClientOptions options;
  grpc::ByteBuffer request;
  std::deque<ClientChannel> channels;  // used only to create the stubs
  std::vector<grpc::GenericStub*> stubs;
  grpc::CompletionQueue queue;
};

GrpcLoop::GrpcLoop(std::uint16_t port, std::size_t n) : state_(std::make_unique<State>()) {
  // Our links change this setting for the whole process, so the reference uses it, too.
  quiet_grpc();
  skip_mutex_checks();
  for (std::size_t i = 0; i < n; ++i) {
    ClientChannel& channel =
        state_->channels.emplace_back(PeerAddress{.host = "127.0.0.1", .port = port}, state_->options);
    state_->stubs.push_back(&channel.stub(Clock::now()));
  }
}

GrpcLoop::~GrpcLoop() {
  state_->queue.Shutdown();
  void* tag = nullptr;
  bool ok = false;
  while (state_->queue.Next(&tag, &ok)) {
  }
}

void GrpcLoop::send_to_all() {
  std::deque<State::Call> calls(state_->stubs.size());
  const auto deadline = std::chrono::system_clock::now() + send_timeout;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    State::Call& call = calls[i];
    call.context.set_deadline(deadline);
    call.reader = state_->stubs[i]->PrepareUnaryCall(&call.context, state_->method, state_->request, &state_->queue);
    call.reader->StartCall();
    call.reader->Finish(&call.reply, &call.status, &call);
  }
  std::string error;
  for (std::size_t left = calls.size(); left > 0; --left) {
    void* tag = nullptr;
    bool ok = false;
    state_->queue.Next(&tag, &ok);
    const grpc::Status& status = static_cast<State::Call*>(tag)->status;
    if (!status.ok()) error = status.error_message();
  }
  if (!error.empty()) throw std::runtime_error("the hand-written loop: " + error);
}

}  // namespace exocast::bench
