// SPDX-License-Identifier: Apache-2.0
#include "cluster/udp/replay_window.h"

namespace exocast {

ReplayWindow::Verdict ReplayWindow::admit(WallTime now, WallTime sent, std::uint64_t nonce) {
  if (sent < now - skew_max || sent > now + skew_max) return Verdict::skewed;
  forget_before(std::chrono::floor<std::chrono::seconds>(now - skew_max));
  const auto second = std::chrono::floor<std::chrono::seconds>(sent);
  if (const auto at = nonces_.find(second); at != nonces_.end() && at->second.contains(nonce)) return Verdict::replayed;
  if (remembered_ >= remembered_max) return Verdict::full;
  nonces_[second].insert(nonce);
  ++remembered_;
  return Verdict::fresh;
}

void ReplayWindow::forget_before(std::chrono::sys_seconds second) noexcept {
  while (!nonces_.empty() && nonces_.begin()->first < second) {
    remembered_ -= nonces_.begin()->second.size();
    nonces_.erase(nonces_.begin());
  }
}

}  // namespace exocast
