// SPDX-License-Identifier: Apache-2.0
// Parses any bytes as an announcement; a valid one must survive a round trip.
#include <cstdint>
#include <cstdlib>

#include "cluster/discovery/announcement.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto read = exocast::decode_announcement({reinterpret_cast<const char*>(data), size});
  if (!read) return 0;
  if (read->session == 0 || read->port == 0 || read->id.empty() || read->id.size() > 255) std::abort();
  if (exocast::decode_announcement(encode(*read)) != read) std::abort();
  return 0;
}
