// SPDX-License-Identifier: Apache-2.0
#include "exocast/report.h"

#include <utility>

namespace exocast {

std::string_view to_string(PeerOutcome outcome) noexcept {
  switch (outcome) {
    case PeerOutcome::delivered:
      return "delivered";
    case PeerOutcome::answered:
      return "answered";
    case PeerOutcome::failed:
      return "failed";
    case PeerOutcome::timed_out:
      return "timed_out";
    case PeerOutcome::cancelled:
      return "cancelled";
    case PeerOutcome::not_started:
      return "not_started";
    case PeerOutcome::skipped:
      return "skipped";
    case PeerOutcome::too_large:
      return "too_large";
  }
  std::unreachable();
}

}  // namespace exocast
