// SPDX-License-Identifier: Apache-2.0
#pragma once
// gRPC and protobuf write to standard error when a port is taken, a peer speaks nonsense or a request does not parse.
// All of that reaches exocast's callers as values, so here it is silenced. For this folder.

namespace exocast {

/// Silences both for the whole process, once; any thread. What gRPC says before it aborts is still printed. With
/// $GRPC_VERBOSITY in the environment nothing is silenced.
void quiet_grpc();

}  // namespace exocast
