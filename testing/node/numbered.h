// SPDX-License-Identifier: Apache-2.0
#pragma once
// Messages that tests tell apart by their number.

#include <string>

#include "exocast/message.h"

namespace exocast {

/// A message whose request id is `number`, with `padding` bytes more than it needs.
inline Message numbered(int number, std::size_t padding = 0) {
  return *Message::opaque_status(std::to_string(number), '"' + std::string(padding, 'x') + '"');
}

}  // namespace exocast
