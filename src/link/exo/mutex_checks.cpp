// SPDX-License-Identifier: Apache-2.0
#include "link/exo/mutex_checks.h"

#include <absl/synchronization/mutex.h>

namespace exocast {

void skip_mutex_checks() noexcept { absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore); }

}  // namespace exocast
