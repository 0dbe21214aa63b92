// SPDX-License-Identifier: Apache-2.0
// Opens any bytes as a datagram, with and without a cluster key; and signed content after any one change.
#include <cstdlib>

#include "cluster/udp/envelope.h"

using namespace exocast;  // NOLINT(google-build-using-namespace)

namespace {

constexpr WallTime now{std::chrono::seconds(1'800'000'000)};
constexpr auto purpose = Purpose::membership;

void require(bool what) {
  if (!what) std::abort();
}

void as_datagram(std::string_view bytes, const ClusterKey& key) {
  ReplayWindow window;
  require(!unseal(bytes, purpose, &key, now, window));  // a signature cannot be guessed
  const auto content = unseal(bytes, purpose, nullptr, now, window);
  require(!content || seal(*content, purpose, nullptr, now, 0) == bytes);
}

void as_content(std::string_view bytes, const ClusterKey& key) {
  ReplayWindow window;
  const std::string datagram = seal(bytes, purpose, &key, now, bytes.size());
  const auto content = unseal(datagram, purpose, &key, now, window);
  require(content.has_value() && *content == bytes);
  require(!unseal(datagram, purpose, &key, now, window));
  if (bytes.size() < 3 || bytes[2] == 0) return;
  std::string changed = datagram;
  const auto at = static_cast<unsigned char>(bytes[0]) << 8 | static_cast<unsigned char>(bytes[1]);
  char& byte = changed[static_cast<std::size_t>(at) % changed.size()];
  byte = static_cast<char>(byte ^ bytes[2]);
  ReplayWindow empty;
  require(!unseal(changed, purpose, &key, now, empty));
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const ClusterKey key = *ClusterKey::from("a secret of the cluster");
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  as_datagram(bytes, key);
  as_content(bytes, key);
  return 0;
}
