// SPDX-License-Identifier: Apache-2.0
#pragma once
// Metrics of native links and of their receiver (docs/metrics.md).
// Threading: that of the link. Lifetime: the registry outlives the registrations, and so does what is registered.

#include <functional>
#include <string_view>
#include <vector>

#include "exocast/metrics.h"
#include "link/native/native_link.h"
#include "link/native/native_receiver.h"

namespace exocast {

/// Registers the numbers of the native link to `peer`: 18 series. `link` is called for each snapshot; null means
/// zeros: there is no native link to the peer yet.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, std::string_view peer,
                                                    const std::function<const NativeLinkMetrics*()>& link);

/// Registers the numbers of the receiver: 22 series.
std::vector<Metrics::Registration> register_metrics(Metrics& metrics, const NativeReceiver& receiver);

}  // namespace exocast
