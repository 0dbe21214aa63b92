// SPDX-License-Identifier: Apache-2.0
// Parses any bytes as a datagram of exo; a valid one must survive a round trip.
#include <cstdint>
#include <cstdlib>

#include "cluster/discovery/exo_datagram.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = exocast::decode_exo_datagram({reinterpret_cast<const char*>(data), size});
  if (!read) return 0;
  if (read->grpc_port == 0 || read->node_id.empty() || read->capabilities.memory_mb < 0) std::abort();
  const std::string again = encode(*read);
  if (again.size() <= exocast::exo_datagram_bytes_max && exocast::decode_exo_datagram(again) != read) std::abort();
  return 0;
}
