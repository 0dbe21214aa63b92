// SPDX-License-Identifier: Apache-2.0
#pragma once
// Items: from the bytes of a batch to messages. For this folder. A pure function.

#include <cstddef>
#include <expected>

#include "link/native/frames.h"

namespace exocast::native {

/// The message; its bytes are copied once. The error says why it cannot be read: INVALID_ARGUMENT, or
/// RESOURCE_EXHAUSTED if it is over `message_bytes_max`.
std::expected<Message, Status> decode(const Item& item, std::size_t message_bytes_max);

/// protobuf writes to standard error when text is not UTF-8, which reaches our callers as a value: silences that for
/// the whole process, once; any thread.
void quiet_protobuf();

}  // namespace exocast::native
