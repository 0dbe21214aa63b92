// SPDX-License-Identifier: Apache-2.0
#include "link/exo/client_channel.h"

#include <fmt/format.h>
#include <grpc/compression.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include "link/exo/milliseconds.h"
#include "link/exo/status.h"

namespace exocast {
namespace {

grpc::ChannelArguments arguments(const ExoClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxSendMessageSize(static_cast<int>(options.message_bytes_max));
  arguments.SetMaxReceiveMessageSize(static_cast<int>(options.message_bytes_max));
  arguments.SetInt(GRPC_ARG_ENABLE_PER_MESSAGE_DECOMPRESSION, 0);  // see decode.h
  if (options.gzip) arguments.SetCompressionAlgorithm(GRPC_COMPRESS_GZIP);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, milliseconds(options.keepalive_interval));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, milliseconds(options.keepalive_timeout));
  arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
                   milliseconds(options.connect_timeout));  // gRPC's limit for connecting, under another name
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, milliseconds(options.reconnect_interval));
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, milliseconds(options.reconnect_interval_max));
  // Links to the same address have connections of their own, so one link's failures do not affect another.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // Connects to peers directly, whatever $http_proxy says, and ignores gRPC configuration in DNS.
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  return arguments;
}

}  // namespace

ClientChannel::ClientChannel(const PeerAddress& address, const ExoClientOptions& options)
    : options_(options), target_(to_string(address)) {
  connect_anew(TimePoint::min());
}

void ClientChannel::connect_anew(TimePoint now) {
  channel_ = grpc::CreateCustomChannel(target_, grpc::InsecureChannelCredentials(), arguments(options_));
  stub_ = std::make_unique<grpc::GenericStub>(channel_);
  made_at_ = now;
}

grpc::GenericStub& ClientChannel::stub(TimePoint now) {
  if (doubtful_ && now - options_.reconnect_interval >= made_at_ &&
      channel_->GetState(false) == GRPC_CHANNEL_TRANSIENT_FAILURE) {
    connect_anew(now);
  }
  return *stub_;
}

TimePoint ClientChannel::patience_ends(TimePoint now) const noexcept {
  return doubtful_ ? Deadline::after(now, options_.reconnect_patience).time() : TimePoint::max();
}

void ClientChannel::learn(const grpc::Status& status) {
  if (status.ok()) {
    doubtful_ = false;
    last_error_.clear();
  } else if (status.error_code() == grpc::StatusCode::UNAVAILABLE) {
    doubtful_ = true;
    last_error_ = from_grpc(status).text;
  } else if (!connected()) {
    doubtful_ = true;
  }
}

Status ClientChannel::explain(const grpc::Status& status, bool gave_up) const {
  Status error = from_grpc(status);
  if (gave_up) {
    error.code = StatusCode::unavailable;
    error.text = fmt::format("no connection within {} ms{}{}", milliseconds(options_.reconnect_patience),
                             last_error_.empty() ? "" : "; before that: ", last_error_);
  } else if (status.error_message() == "Deadline Exceeded") {  // gRPC's own text, not the peer's
    error.text = connected() ? "no answer by the deadline" : "no connection by the deadline";
  }
  return error;
}

}  // namespace exocast
