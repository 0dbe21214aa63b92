// SPDX-License-Identifier: Apache-2.0
#pragma once
// Our senders of `bench fanout`: see sender.h.

#include <memory>

#include "bench/fanout/sender.h"

namespace exocast::bench {

/// For the kinds "broadcast", "one-by-one", "burst" and "sequence".
std::unique_ptr<Sender> make_broadcast_sender(const SenderOptions& options);

}  // namespace exocast::bench
