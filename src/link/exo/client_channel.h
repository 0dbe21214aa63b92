// SPDX-License-Identifier: Apache-2.0
#pragma once
// ClientChannel: the gRPC channel of one link, and when to make a new one. For this folder.
//
// gRPC connects on its own and backs off after failures; while it does, it fails calls at once with an old error. That
// would hide a peer that has just come back. So a call that finds the channel backing off gets a new channel, which
// connects now and whose calls wait for the result, but at most one per reconnect_interval. Threading: inside the loop.
// Lifetime: calls under way keep their channel alive; this object must outlive their CallWait.

#include <memory>
#include <string>

#include <grpcpp/channel.h>
#include <grpcpp/generic/generic_stub.h>

#include "link/exo/exo_client.h"

namespace exocast {

class ClientChannel {
 public:
  /// `options` must outlive it.
  ClientChannel(const PeerAddress& address, const ExoClientOptions& options);

  /// For a call that starts at `now`.
  grpc::GenericStub& stub(TimePoint now);

  /// When a call that starts at `now` gives up unless connected() by then; TimePoint::max() if only at its deadline.
  TimePoint patience_ends(TimePoint now) const noexcept;
  bool connected() const { return channel_->GetState(false) == GRPC_CHANNEL_READY; }

  /// A call has ended: what it tells of the peer.
  void learn(const grpc::Status& status);

  /// Why a call failed, for people. `gave_up`: because its patience ended.
  Status explain(const grpc::Status& status, bool gave_up) const;

 private:
  void connect_anew(TimePoint now);

  const ExoClientOptions& options_;
  std::string target_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<grpc::GenericStub> stub_;
  TimePoint made_at_ = TimePoint::min();
  bool doubtful_ = false;   // the last call did not reach the peer
  std::string last_error_;  // why, if gRPC said
};

}  // namespace exocast
