// SPDX-License-Identifier: Apache-2.0
#pragma once
// Converts between gRPC's statuses and ours, which have the same codes. Internal to this folder. Pure functions, safe
// from any thread.

#include <grpcpp/support/status.h>

#include "exocast/status.h"

namespace exocast {

/// Converts a status that is not OK. A code that gRPC does not define becomes `unknown`. The text may come from the
/// peer, so it is made one printable line and shortened.
Status from_grpc(const grpc::Status& status);

/// For an answer. `ok` is not an error, so it becomes UNKNOWN.
grpc::Status to_grpc(const Status& error);

}  // namespace exocast
