// SPDX-License-Identifier: Apache-2.0
#pragma once
// ClusterKey: the secret that the nodes of a cluster share, and the signatures made with it.
//
// It is read once, never printed, and kept only inside OpenSSL. A value: copies share it. Safe from any thread.

#include <array>
#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

struct evp_mac_ctx_st;  // OpenSSL's

namespace exocast {

class ClusterKey {
 public:
  /// Of the secret: the least that cannot be guessed if it is random, and more than anybody needs.
  static constexpr std::size_t secret_bytes_min = 16;
  static constexpr std::size_t secret_bytes_max = 4096;

  /// An HMAC-SHA256 (RFC 2104, FIPS 180-4).
  using Signature = std::array<char, 32>;

  /// The content of the file at `path`, without one newline at its end. The error is one printable line: why it cannot
  /// be read, that it is too short or too long, or that others than its owner may use it, which ssh refuses, too.
  /// Blocks while it reads.
  static std::expected<ClusterKey, std::string> read(const std::string& path);

  /// Of `secret` itself; the error says that it is too short or too long.
  static std::expected<ClusterKey, std::string> from(std::string_view secret);

  /// The signature of `bytes`. Throws std::bad_alloc.
  Signature sign(std::string_view bytes) const;

  /// Whether `signature`, 32 bytes, is that of `bytes`; takes as long whatever is wrong with it.
  bool is_signature(std::string_view signature, std::string_view bytes) const;

 private:
  explicit ClusterKey(std::shared_ptr<evp_mac_ctx_st> keyed) noexcept;
  std::shared_ptr<evp_mac_ctx_st> keyed_;  // never changed: each signature is made by a copy of it
};

}  // namespace exocast
