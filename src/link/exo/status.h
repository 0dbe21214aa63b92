// SPDX-License-Identifier: Apache-2.0
#pragma once
// gRPC's statuses and ours: a LinkError carries the name of a status code and one printable line. For this folder.
// Pure functions, safe from any thread.

#include <string_view>

#include <grpcpp/support/status.h>

#include "exocast/link.h"

namespace exocast {

/// "UNAVAILABLE" and so on; "UNKNOWN" for a number that gRPC does not define.
std::string_view code_name(grpc::StatusCode code) noexcept;

/// The code of that name; UNKNOWN if there is none, and for "OK", which is no error.
grpc::StatusCode code_named(std::string_view name) noexcept;

/// A status that is not OK. Its text comes from the peer or from gRPC, so it is repaired and shortened.
LinkError link_error(const grpc::Status& status);

/// The other way, for answering.
grpc::Status status_of(const LinkError& error);

}  // namespace exocast
