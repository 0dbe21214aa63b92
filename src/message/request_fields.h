// SPDX-License-Identifier: Apache-2.0
#pragma once
// RequestFields: the fields of an encoded message, found in place. Internal to this folder.
//
// Only the encoding that protobuf itself writes is read: fields in ascending order, each at most once, no defaults, no
// unknown fields, shortest numbers. So bytes that are read here are also the message's own encoding. All other bytes
// are left to protobuf, which decides whether they are a message.
// A pure function; the views point into its input.

#include <cstddef>
#include <string_view>

#include "base/bytes.h"
#include "exocast/message.h"

namespace exocast {

struct RequestFields {
  std::string_view id = {};       ///< the request id, UTF-8
  std::string_view content = {};  ///< the text of a status, UTF-8, or the data of a tensor
  std::string_view dtype = {};    ///< of a tensor, UTF-8
  Bytes numbers = {};             ///< the tokens, or the shape of a tensor, packed
  std::size_t number_count = 0;
  bool finished = false;
  bool has_tensor = false;  ///< then there are no tokens
};

/// Reads `encoded`, tokens or a status, into `fields`, which are empty; false if protobuf has to read it. Does not
/// check that a status is JSON.
bool read_request(MessageKind kind, Bytes encoded, RequestFields& fields) noexcept;

/// Writes the numbers of `packed`, as read_request() returns them, to `into`.
void unpack(Bytes packed, std::int32_t* into) noexcept;

}  // namespace exocast
