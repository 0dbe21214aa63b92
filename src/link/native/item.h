// SPDX-License-Identifier: Apache-2.0
#pragma once
// Converts the items of a batch to messages. Internal to this folder. A pure function.

#include <cstddef>
#include <expected>

#include "link/native/frames.h"

namespace exocast::native {

/// The message; its bytes are copied once. The error is UNIMPLEMENTED if its kind is not known, INVALID_ARGUMENT if it
/// cannot be read, or RESOURCE_EXHAUSTED if it is over `message_bytes_max`.
std::expected<Message, Status> decode(const Item& item, std::size_t message_bytes_max);

/// protobuf writes to standard error when text is not UTF-8. Our callers get that as a value, so this silences it for
/// the whole process, once; any thread.
void quiet_protobuf();

}  // namespace exocast::native
