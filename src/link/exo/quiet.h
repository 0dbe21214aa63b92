// SPDX-License-Identifier: Apache-2.0
#pragma once
// gRPC and protobuf write to standard error when a port is in use, a peer sends garbage or a request does not parse.
// exocast returns all of these errors as values, so they are silenced here. Internal to this folder.

namespace exocast {

/// Silences both for the whole process, once; any thread. gRPC's last message before an abort is still printed. If
/// $GRPC_VERBOSITY is set, nothing is silenced.
void quiet_grpc();

}  // namespace exocast
