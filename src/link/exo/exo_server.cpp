// SPDX-License-Identifier: Apache-2.0
#include "link/exo/exo_server.h"

#include <fmt/format.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include "link/exo/listen_fault.h"
#include "link/exo/milliseconds.h"
#include "link/exo/mutex_checks.h"
#include "link/exo/quiet.h"
#include "link/exo/server_calls.h"

namespace exocast {
namespace {

/// A connection that does not start HTTP/2 within this time is closed. gRPC's default is two minutes.
constexpr std::chrono::seconds handshake_timeout{20};

void configure(grpc::ServerBuilder& builder, const ExoServerOptions& options) {
  builder.SetMaxReceiveMessageSize(static_cast<int>(options.message_bytes_max));
  builder.SetMaxSendMessageSize(static_cast<int>(options.message_bytes_max));
  builder.AddChannelArgument(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);  // see decode.h, which supports gzip
  builder.SetCompressionAlgorithmSupportStatus(GRPC_COMPRESS_DEFLATE, false);
  builder.SetResourceQuota(grpc::ResourceQuota("exocast server").Resize(options.receiving_bytes_max));
  builder.AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, options.streams_per_connection_max);
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                             milliseconds(options.ping_interval_min));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(options.keepalive_interval));
  builder.AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds(options.keepalive_interval));
  builder.AddChannelArgument(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  builder.AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, milliseconds(handshake_timeout));
  // Otherwise two nodes could share a port, and each would get half of the connections.
  builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
}

}  // namespace

task<std::expected<std::string, Status>> ExoHandler::answer(Question /*question*/) {
  co_return std::unexpected(Status::unimplemented("this node answers no questions"));
}

class ExoServer::Service {
 public:
  Service(AsioLoop& loop, ExoHandler& handler, const ExoServerOptions& options)
      : loop_(loop), calls_(loop, handler, options) {}
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;
  ~Service();

  /// Returns the error; nothing on success.
  std::optional<std::string> start(const PeerAddress& listen);

  const PeerAddress& address() const noexcept { return address_; }
  const ServerCalls& calls() const noexcept { return calls_; }

 private:
  AsioLoop& loop_;
  ServerCalls calls_;
  PeerAddress address_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<Completions> completions_;
};

std::optional<std::string> ExoServer::Service::start(const PeerAddress& listen) {
  grpc::ServerBuilder builder;
  configure(builder, calls_.options());
  int port = 0;
  builder.AddListeningPort(to_string(listen), grpc::InsecureServerCredentials(), &port);
  builder.RegisterService(&calls_.service());
  builder.RegisterService(&calls_.questions());
  builder.RegisterAsyncGenericService(&calls_.generic_service());
  auto queue = builder.AddCompletionQueue();
  server_ = builder.BuildAndStart();
  if (!server_) return fmt::format("cannot listen on {}: {}", to_string(listen), listen_fault(listen));
  address_ = {.host = listen.host, .port = static_cast<std::uint16_t>(port)};
  auto& server_queue = *queue;
  completions_ = std::make_unique<Completions>(loop_, std::move(queue));
  const AsioLoop::Entry inside = loop_.enter();
  calls_.open(&server_queue);
  return std::nullopt;
}

ExoServer::Service::~Service() {
  if (!server_) return;
  {
    const AsioLoop::Entry inside = loop_.enter();
    calls_.stop();
  }
  // Waits for the calls being answered; at the deadline gRPC cancels them.
  server_->Shutdown(std::chrono::system_clock::now() + calls_.options().drain_timeout);
  {
    const AsioLoop::Entry inside = loop_.enter();
    calls_.abandon();
  }
  completions_.reset();
}

std::expected<std::unique_ptr<ExoServer>, std::string> ExoServer::start(AsioLoop& loop, const PeerAddress& listen,
                                                                        ExoHandler& handler, ExoServerOptions options) {
  quiet_grpc();
  skip_mutex_checks();
  auto service = std::make_unique<Service>(loop, handler, options);
  if (auto fault = service->start(listen)) return std::unexpected(*std::move(fault));
  return std::unique_ptr<ExoServer>(new ExoServer(std::move(service)));
}

ExoServer::ExoServer(std::unique_ptr<Service> service) : service_(std::move(service)) {}
ExoServer::~ExoServer() = default;

const PeerAddress& ExoServer::address() const noexcept { return service_->address(); }

std::size_t ExoServer::calls() const noexcept { return service_->calls().answering(); }

}  // namespace exocast
