// SPDX-License-Identifier: Apache-2.0
#pragma once
// What came over gRPC, compressed or not, as protobuf. For this folder.
//
// gRPC 1.51 would unpack a compressed message as a whole before it looks at its size: a mebibyte from a stranger may
// become a gibibyte. So its unpacking is switched off at both ends, and done here with the limit in sight.
// Pure functions, safe from any thread.

#include <cstddef>

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

namespace exocast {

/// What ends with a message that fits, or why it does not.
enum class Decoded { ok, malformed, too_large };

/// Parses `bytes`, which may be compressed with gzip, into `message`, and clears them. Malformed is what does not
/// unpack or parse; too large is what is longer than `bytes_max` once unpacked, of which no more than that is ever
/// held.
Decoded decode(grpc::ByteBuffer& bytes, std::size_t bytes_max, google::protobuf::MessageLite& message);

}  // namespace exocast
