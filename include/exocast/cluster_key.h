// SPDX-License-Identifier: Apache-2.0
#pragma once
// ClusterKey: signs and checks datagrams with the secret that the nodes of a cluster share.
//
//   std::expected<ClusterKey, std::string> key = ClusterKey::read("/etc/exocast/key");
//
// The secret is read once, never printed, and kept only inside OpenSSL. Copies share it. Safe from any thread.

#include <array>
#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

struct evp_mac_ctx_st;  // OpenSSL's

namespace exocast {

/// A shared secret for HMAC-SHA256.
class ClusterKey {
 public:
  static constexpr std::size_t secret_bytes_min = 16;    ///< long enough that a random secret cannot be guessed
  static constexpr std::size_t secret_bytes_max = 4096;  ///< bounds reading a wrong file

  /// The bytes of an HMAC-SHA256 (RFC 2104, FIPS 180-4).
  using Signature = std::array<char, 32>;

  /// Reads the secret from the file at `path`, without one newline at its end. The error is one printable line: the
  /// file cannot be read, is too short or too long, or users other than its owner may access it (the rule of ssh).
  /// Blocks.
  static std::expected<ClusterKey, std::string> read(const std::string& path);

  /// A key of `secret`, secret_bytes_min to secret_bytes_max bytes. The error is one printable line.
  static std::expected<ClusterKey, std::string> from(std::string_view secret);

  /// The signature of `bytes`. Throws std::bad_alloc.
  Signature sign(std::string_view bytes) const;

  /// Whether `signature` is that of `bytes`. Takes constant time, so that an attacker learns nothing from it.
  bool is_signature(std::string_view signature, std::string_view bytes) const;

 private:
  explicit ClusterKey(std::shared_ptr<evp_mac_ctx_st> keyed) noexcept;
  std::shared_ptr<evp_mac_ctx_st> keyed_;  // never changed: each signature is made with a copy
};

}  // namespace exocast
