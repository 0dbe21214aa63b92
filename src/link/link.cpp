// SPDX-License-Identifier: Apache-2.0
#include "exocast/link.h"

#include <utility>

namespace exocast {

// For links that take one message at a time.
task<BatchEnd> Link::deliver_all(MessageBatch batch, BatchOptions options) {
  auto answer = co_await deliver(*batch.front(), options.deadline);
  if (answer) co_return BatchEnd{.answered = 1};
  co_return BatchEnd{.broken = std::move(answer.error())};
}

task<std::expected<std::string, Status>> Link::ask(Question /*question*/, Deadline /*deadline*/) {
  co_return std::unexpected(Status::unimplemented("this kind of link asks no questions"));
}

}  // namespace exocast
