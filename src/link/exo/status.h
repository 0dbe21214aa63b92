// SPDX-License-Identifier: Apache-2.0
#pragma once
// gRPC's statuses and ours, which have the same codes. For this folder. Pure functions, safe from any thread.

#include <grpcpp/support/status.h>

#include "exocast/status.h"

namespace exocast {

/// A status that is not OK. A code that gRPC does not define becomes `unknown`. The text comes from the peer or from
/// gRPC, so it is made one printable line and shortened.
Status from_grpc(const grpc::Status& status);

/// For an answer. `ok` is no failure, so it becomes UNKNOWN.
grpc::Status to_grpc(const Status& error);

}  // namespace exocast
