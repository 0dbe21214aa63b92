// SPDX-License-Identifier: Apache-2.0
#include "exocast/member.h"

namespace exocast {

std::string_view to_string(MemberState state) noexcept {
  switch (state) {
    case MemberState::healthy:
      return "healthy";
    case MemberState::suspect:
      return "suspect";
    case MemberState::gone:
      return "gone";
    case MemberState::left:
      return "left";
  }
  return "";
}

std::string_view to_string(NodeKind kind) noexcept {
  switch (kind) {
    case NodeKind::exocast:
      return "exocast";
    case NodeKind::exo:
      return "exo";
    case NodeKind::unknown:
      return "unknown";
  }
  return "";
}

}  // namespace exocast
