// SPDX-License-Identifier: Apache-2.0
#pragma once
// ExoDatagram: the announcement of an exo node, sent over UDP to port 5678. JSON text, as exo 0.0.15-alpha writes it:
//   {"type":"discovery","node_id":"c","grpc_port":50051,"device_capabilities":{"model":"…","chip":"…","memory":24105,
//    "flops":{"fp32":0.0,"fp16":0.0,"int8":0.0}},"priority":4,"interface_name":"eth0","interface_type":"Ethernet"}
// Pure; safe from any thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "exocast/device.h"

namespace exocast {

struct ExoDatagram {
  std::string node_id;
  std::uint16_t grpc_port = 0;  ///< at the datagram's source address
  DeviceCapabilities capabilities;
  std::int32_t priority = 0;  ///< of the interface, see exo_priority()
  std::string interface_name;
  std::string interface_type;

  bool operator==(const ExoDatagram&) const = default;
};

/// Longer datagrams are ignored; exo's have about 300 bytes.
inline constexpr std::size_t exo_datagram_bytes_max = 4096;

/// Bytes that are not UTF-8 become U+FFFD.
std::string encode(const ExoDatagram& datagram);

/// Decodes untrusted bytes; returns nothing if they are not such a datagram. Like exo, it needs all fields and ignores
/// unknown ones. It also refuses invalid peer ids, ports outside 1..65535 and negative numbers.
std::optional<ExoDatagram> decode_exo_datagram(std::string_view bytes);

}  // namespace exocast
