// SPDX-License-Identifier: Apache-2.0
// The gRPC receivers: each open stream is one receiver, which answers every message with its number. The generic API on
// one thread with one completion queue, the cheapest server of gRPC's C++.

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <thread>

#include <grpcpp/generic/async_generic_service.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "bench/peers/common/receiver.h"
#include "bench/peers/common/transport.h"

namespace exocast::bench {
namespace {

/// One stream, from the request for it until its end; owns itself.
class Stream {
 public:
  Stream(grpc::AsyncGenericService& service, grpc::ServerCompletionQueue& queue)
      : service_(service), queue_(queue), call_(&context_) {
    service_.RequestCall(&context_, &call_, &queue_, &queue_, this);
  }

  void go_on(bool ok) {
    switch (state_) {
      case State::waiting:
        if (!ok) return end();  // the server shuts down
        new Stream(service_, queue_);
        return read();
      case State::reading:
        if (!ok) return finish();
        return answer();
      case State::answering:
        return ok ? read() : finish();
      case State::finishing:
        return end();
    }
  }

 private:
  enum class State { waiting, reading, answering, finishing };

  void read() {
    state_ = State::reading;
    call_.Read(&message_, this);
  }
  void answer() {
    grpc::Slice slice;
    static_cast<void>(message_.DumpToSingleSlice(&slice));
    const grpc::Slice number = slice.size() < sizeof(std::uint64_t) ? slice : slice.sub(0, sizeof(std::uint64_t));
    state_ = State::answering;
    call_.Write(grpc::ByteBuffer(&number, 1), this);
  }
  void finish() {
    state_ = State::finishing;
    call_.Finish(grpc::Status::OK, this);
  }
  void end() { delete this; }

  grpc::AsyncGenericService& service_;
  grpc::ServerCompletionQueue& queue_;
  grpc::GenericServerContext context_;
  grpc::GenericServerAsyncReaderWriter call_;
  grpc::ByteBuffer message_;
  State state_ = State::waiting;
};

int serve() {
  int port = 0;
  grpc::AsyncGenericService service;
  grpc::ServerBuilder builder;
  builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
  builder.RegisterAsyncGenericService(&service);
  const std::unique_ptr<grpc::ServerCompletionQueue> queue = builder.AddCompletionQueue();
  const std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
  if (!server) throw std::runtime_error("cannot listen");
  new Stream(service, *queue);
  say_ready(static_cast<std::uint16_t>(port));

  const std::jthread input([] {
    char buffer[256];
    while (read(STDIN_FILENO, buffer, sizeof buffer) > 0) {
    }
    std::_Exit(0);  // skips the cancellation of each open stream
  });
  void* tag = nullptr;
  bool ok = false;
  while (queue->Next(&tag, &ok)) static_cast<Stream*>(tag)->go_on(ok);
  return 0;
}

}  // namespace
}  // namespace exocast::bench

int main(int count, char** arguments) {
  using namespace exocast::bench;
  try {
    begin_peer(count, arguments);
    return serve();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "grpc-stream-receiver: %s\n", error.what());
    return 1;
  }
}
