// SPDX-License-Identifier: Apache-2.0
#pragma once
// Announcement: what a node announces on its networks (announcement.proto). Pure; safe from any thread.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace exocast {

struct Announcement {
  std::string id;
  std::uint64_t session = 0;  ///< not 0
  std::uint16_t port = 0;     ///< the port it serves at, at the datagram's source address
  std::uint32_t number = 0;   ///< the same in all copies of one announcement
  bool answer = false;        ///< for a newcomer; must not be answered

  bool operator==(const Announcement&) const = default;
};

std::string encode(const Announcement& announcement);

/// Decodes untrusted bytes. Returns nothing if they are not an announcement with a valid id, session and port.
std::optional<Announcement> decode_announcement(std::string_view bytes);

}  // namespace exocast
