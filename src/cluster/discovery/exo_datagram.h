// SPDX-License-Identifier: Apache-2.0
#pragma once
// ExoDatagram: what exo's nodes announce themselves with, over UDP to port 5678: JSON text, of exo 0.0.15-alpha:
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
  std::uint16_t grpc_port = 0;  ///< at the address the datagram comes from
  DeviceCapabilities capabilities;
  std::int32_t priority = 0;  ///< of the interface, see exo_priority()
  std::string interface_name;
  std::string interface_type;

  bool operator==(const ExoDatagram&) const = default;
};

/// exo's are of about 300 bytes; longer ones than this are not read.
inline constexpr std::size_t exo_datagram_bytes_max = 4096;

/// Bytes that are not UTF-8 become U+FFFD.
std::string encode(const ExoDatagram& datagram);

/// Of any bytes: nothing if they are none. As exo does, it needs all fields and ignores unknown ones; beyond that it
/// refuses an id that cannot be a peer's, a port outside of 1..65535, and negative numbers.
std::optional<ExoDatagram> decode_exo_datagram(std::string_view bytes);

}  // namespace exocast
