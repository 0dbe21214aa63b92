// SPDX-License-Identifier: Apache-2.0
#pragma once
// Reach: which addresses mean the same on another machine. Pure functions, safe from any thread.

#include <string_view>

#include "exocast/ids.h"

namespace exocast::swim {

/// Whether an address is of this node only in name: "", "0.0.0.0" or "::".
inline bool is_unspecified(std::string_view host) noexcept { return host.empty() || host == "0.0.0.0" || host == "::"; }

/// Whether the numeric `host` is of one machine only: 127.0.0.0/8 or ::1 (RFC 6890, 2.2), also as ::ffff:127.x.
inline bool is_loopback(std::string_view host) noexcept {
  return host == "::1" || host.starts_with("127.") || host.starts_with("::ffff:127.");
}

/// Whether `host` ends with a zone, such as "fe80::1%eth0": the name of an interface of this machine, which says
/// nothing on another one (RFC 4007, 11.2).
inline bool has_zone(std::string_view host) noexcept { return host.contains('%'); }

/// `host` without its zone.
inline std::string_view without_zone(std::string_view host) noexcept { return host.substr(0, host.find('%')); }

/// Whether `address` means the same to this node and to whoever is reached at `by`: it has no zone, and is of this
/// machine only if `by` is, too.
inline bool is_common(const PeerAddress& address, const PeerAddress& by) noexcept {
  return !has_zone(address.host) && (!is_loopback(address.host) || is_loopback(by.host));
}

}  // namespace exocast::swim
