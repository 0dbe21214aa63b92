// SPDX-License-Identifier: Apache-2.0
// The fastest gRPC sender in C++: one long-lived bidirectional stream per receiver, the generic API, each message
// serialised once for all, one thread and one completion queue.

#include <cstdio>
#include <deque>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/generic/generic_stub.h>

#include "bench/peers/common/arguments.h"
#include "bench/peers/common/transport.h"

namespace exocast::bench {
namespace {

constexpr std::chrono::seconds connect_timeout{30};

class Streams final : public Transport {
 public:
  explicit Streams(const PeerArguments& told) {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // separate connections, although they share a port
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
    const std::string address = "127.0.0.1:" + std::to_string(told.port);
    for (std::size_t i = 0; i < told.receivers; ++i) {
      Stream& stream = streams_.emplace_back(i);
      stream.channel = grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
      stream.channel->GetState(true);
    }
    const auto deadline = std::chrono::system_clock::now() + connect_timeout;
    for (Stream& stream : streams_) {
      if (!stream.channel->WaitForConnected(deadline)) throw std::runtime_error("no connection");
      grpc::GenericStub stub(stream.channel);
      stream.call = stub.PrepareCall(&stream.context, "/peer.Receiver/Stream", &queue_);
      stream.call->StartCall(&stream.started);
    }
    std::size_t left = streams_.size();
    while (left > 0) {
      if (!take_event(deadline, {})) throw std::runtime_error("no stream");
      --left;
    }
    for (Stream& stream : streams_) stream.call->Read(&stream.answer, &stream.read);
  }
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;
  ~Streams() override {
    for (Stream& stream : streams_) stream.context.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  std::size_t publish(std::uint64_t number) override {
    const PeerMessage message(number);
    const grpc::Slice slice(message.bytes.data(), message.bytes.size());
    const grpc::ByteBuffer buffer(&slice, 1);
    std::size_t full = 0;
    for (Stream& stream : streams_) {
      if (stream.waiting.size() == waiting_max) {
        ++full;
        continue;
      }
      stream.waiting.push_back(buffer);
      if (stream.waiting.size() == 1) stream.call->Write(stream.waiting.front(), &stream.written);
    }
    return full;
  }

  void take_answers(std::chrono::nanoseconds patience, const OnAnswer& on_answer) override {
    const auto end = std::chrono::system_clock::now() + std::chrono::ceil<std::chrono::microseconds>(patience);
    // With `patience`, one event per call: polling for another may cost a system call.
    while (take_event(end, on_answer) && patience.count() == 0) {
    }
  }

 private:
  /// As in ZeroMQ: gRPC accepts one write at a time, so its user must queue.
  static constexpr std::size_t waiting_max = 1000;

  struct Stream;
  /// A completed operation of a stream, as a tag of the completion queue.
  struct Event {
    Stream& stream;
    enum class Kind { started, written, read } kind;
  };
  struct Stream {
    explicit Stream(std::size_t number) : number(number) {}
    std::size_t number;
    std::shared_ptr<grpc::Channel> channel;
    grpc::ClientContext context;
    std::unique_ptr<grpc::GenericClientAsyncReaderWriter> call;
    grpc::ByteBuffer answer;
    std::deque<grpc::ByteBuffer> waiting;  // the first is in progress
    Event started{.stream = *this, .kind = Event::Kind::started};
    Event written{.stream = *this, .kind = Event::Kind::written};
    Event read{.stream = *this, .kind = Event::Kind::read};
  };

  /// Handles one event; false if none comes by `deadline`.
  bool take_event(std::chrono::system_clock::time_point deadline, const OnAnswer& on_answer) {
    void* tag = nullptr;
    bool ok = false;
    if (queue_.AsyncNext(&tag, &ok, deadline) != grpc::CompletionQueue::GOT_EVENT) return false;
    if (!ok) throw std::runtime_error("a stream has ended");
    const Event& event = *static_cast<Event*>(tag);
    Stream& stream = event.stream;
    if (event.kind == Event::Kind::written) {
      stream.waiting.pop_front();
      if (!stream.waiting.empty()) stream.call->Write(stream.waiting.front(), &stream.written);
    } else if (event.kind == Event::Kind::read) {
      grpc::Slice slice;
      static_cast<void>(stream.answer.DumpToSingleSlice(&slice));
      on_answer(stream.number, number_of(slice.begin()));
      stream.call->Read(&stream.answer, &stream.read);
    }
    return true;
  }

  grpc::CompletionQueue queue_;
  std::deque<Stream> streams_;
};

}  // namespace
}  // namespace exocast::bench

int main(int count, char** arguments) {
  using namespace exocast::bench;
  try {
    const PeerArguments told = begin_peer(count, arguments);
    Streams streams(told);
    return serve_sender(streams, told.receivers);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "grpc-stream-sender: %s\n", error.what());
    return 1;
  }
}
