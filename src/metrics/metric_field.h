// SPDX-License-Identifier: Apache-2.0
#pragma once
// MetricField: a row of a component's table of metrics. A plain value.

#include <cstdint>

#include "exocast/metrics.h"

namespace exocast {

/// A metric: its name and the struct field it reads.
template <class Of, class Number = std::uint64_t>
struct MetricField {
  MetricName name;
  Number Of::* number;
};

}  // namespace exocast
