// SPDX-License-Identifier: Apache-2.0
#pragma once
// ClientChannel: the gRPC channel of one link; it decides when to make a new one. Internal to this folder.
//
// gRPC connects by itself and backs off after failures; meanwhile calls fail at once with an old error. That would
// hide a peer that has just come back. So a call that finds the channel backing off gets a new channel, at most one
// per reconnect_interval; it connects at once, and its calls wait for the result. Threading: inside the loop.
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

  /// The time at which a call that starts at `now` gives up unless connected() by then; TimePoint::max() if it has
  /// only its deadline.
  TimePoint patience_ends(TimePoint now) const noexcept;
  bool connected() const { return channel_->GetState(false) == GRPC_CHANNEL_READY; }

  /// Learns the state of the peer from the end of a call.
  void learn(const grpc::Status& status);

  /// Why a call failed, as a readable error. `gave_up`: its patience ended.
  Status explain(const grpc::Status& status, bool gave_up) const;

 private:
  void connect_anew(TimePoint now);

  const ExoClientOptions& options_;
  std::string target_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<grpc::GenericStub> stub_;
  TimePoint made_at_ = TimePoint::min();
  bool doubtful_ = false;   // the last call did not reach the peer
  std::string last_error_;  // from gRPC, if known
};

}  // namespace exocast
