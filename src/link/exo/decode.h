// SPDX-License-Identifier: Apache-2.0
#pragma once
// Decodes a protobuf message received over gRPC, compressed or not. Internal to this folder.
//
// gRPC 1.51 decompresses a whole message before it checks the size, so one mebibyte from an untrusted peer could
// become one gibibyte. Therefore gRPC's decompression is off at both ends, and done here within the limit.
// Pure functions, safe from any thread.

#include <cstddef>

#include <google/protobuf/message_lite.h>
#include <grpcpp/support/byte_buffer.h>

namespace exocast {

/// The result: a message within the limit, or the reason for the refusal.
enum class Decoded { ok, malformed, too_large };

/// Parses `bytes`, which may be compressed with gzip, into `message`, and clears them. `malformed`: it does not
/// decompress or parse. `too_large`: it is longer than `bytes_max` after decompression; no more than that is ever
/// held.
Decoded decode(grpc::ByteBuffer& bytes, std::size_t bytes_max, google::protobuf::MessageLite& message);

}  // namespace exocast
