// SPDX-License-Identifier: Apache-2.0
#pragma once
// The senders of `bench fanout` that are ours: see sender.h.

#include <memory>

#include "bench/fanout/sender.h"

namespace exocast::bench {

/// Of the kinds "broadcast", "one-by-one", "burst" and "sequence".
std::unique_ptr<Sender> make_broadcast_sender(const SenderOptions& options);

}  // namespace exocast::bench
