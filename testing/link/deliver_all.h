// SPDX-License-Identifier: Apache-2.0
#pragma once
// deliver_all(): a batch of messages that the task owns.

#include <vector>

#include "exocast/link.h"

namespace exocast::test {

inline std::vector<const Message*> pointers_to(const std::vector<Message>& messages) {
  std::vector<const Message*> pointers;
  for (const Message& message : messages) pointers.push_back(&message);
  return pointers;
}

inline task<BatchEnd> deliver_all(Link& link, std::vector<Message> messages, BatchOptions options) {
  const std::vector<const Message*> batch = pointers_to(messages);
  co_return co_await link.deliver_all(batch, options);
}

}  // namespace exocast::test
