// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/reach.h"

namespace exocast::swim {

bool is_unspecified(std::string_view host) noexcept { return host.empty() || host == "0.0.0.0" || host == "::"; }

bool is_loopback(std::string_view host) noexcept {
  return host == "::1" || host.starts_with("127.") || host.starts_with("::ffff:127.");
}

bool has_zone(std::string_view host) noexcept { return host.contains('%'); }

std::string_view without_zone(std::string_view host) noexcept { return host.substr(0, host.find('%')); }

bool is_common(const PeerAddress& address, const PeerAddress& by) noexcept {
  return !has_zone(address.host) && (!is_loopback(address.host) || is_loopback(by.host));
}

}  // namespace exocast::swim
