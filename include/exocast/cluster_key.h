// SPDX-License-Identifier: Apache-2.0
#pragma once
// ClusterKey: the secret that the nodes of a cluster share. Signs and checks their datagrams; other keys can be derived
// from it.
//
//   std::expected<ClusterKey, std::string> key = ClusterKey::read("/etc/exocast/cluster.key");
//   ClusterKey::Signature signature = key->sign(datagram);
//
// A key file has one to three lines, each 32 random bytes in base64 (`openssl rand -base64 32`).
// The first one signs, all are accepted: so a key is replaced without a moment at which nodes refuse each other. Empty
// lines and lines that begin with # are ignored.
// A secret is never printed, and wiped from memory with the last copy. Copies share it. Safe from any thread.

#include <array>
#include <cstddef>
#include <expected>
#include <memory>
#include <string>
#include <string_view>

namespace exocast {

/// One to three secrets of a cluster: the first signs, all are accepted.
class ClusterKey {
 public:
  static constexpr std::size_t secrets_max = 3;          ///< secrets in a key file
  static constexpr std::size_t secret_bytes_min = 16;    ///< long enough that a random secret cannot be guessed
  static constexpr std::size_t secret_bytes_max = 4096;  ///< of a secret given to from()
  static constexpr std::size_t file_bytes_max = 4096;    ///< bounds reading a wrong file

  /// A derived key: 32 bytes that say nothing about the secret.
  using Derived = std::array<unsigned char, 32>;
  /// The bytes of an HMAC-SHA256 (RFC 2104, FIPS 180-4).
  using Signature = std::array<char, 32>;

  /// Reads the key file at `path`. The error is one printable line without any of the content: the file cannot be
  /// read, has no valid key, or its mode allows more than reading by its owner and its group. Blocks.
  static std::expected<ClusterKey, std::string> read(const std::string& path);

  /// The secrets in `text`, the content of a key file. The error is one printable line without any of the content.
  static std::expected<ClusterKey, std::string> parse(std::string_view text);

  /// A key of one secret that is kept elsewhere: secret_bytes_min to secret_bytes_max random bytes. The error is one
  /// printable line.
  static std::expected<ClusterKey, std::string> from(std::string_view secret);

  /// A new line for a key file, without its newline: 32 bytes from the system's random source, in base64. Throws
  /// std::bad_alloc if the system has none.
  static std::string make_line();

  /// The number of secrets, 1 to secrets_max.
  std::size_t secrets() const noexcept;

  /// The key for `label`, from secret number `secret` (less than secrets()): HKDF-SHA256 (RFC 5869) without salt, with
  /// `label` as its info. Every purpose has a label of its own. Throws std::bad_alloc.
  Derived derive(std::string_view label, std::size_t secret = 0) const;

  /// 16 hexadecimal digits that name secret number `secret` (less than secrets()) to people. They are derived from the
  /// secret and do not reveal it. Throws std::bad_alloc.
  std::string fingerprint(std::size_t secret = 0) const;

  /// The signature of `bytes`, made with the first secret. Throws std::bad_alloc.
  Signature sign(std::string_view bytes) const;

  /// True if `signature` is that of `bytes`, made with any of the secrets. Takes constant time for each of them, so
  /// that an attacker learns nothing from it. Throws std::bad_alloc.
  bool is_signature(std::string_view signature, std::string_view bytes) const;

  /// True if both have the same secrets in the same order.
  bool operator==(const ClusterKey& other) const noexcept;

 private:
  class Secrets;
  explicit ClusterKey(std::shared_ptr<const Secrets> secrets) noexcept;
  std::shared_ptr<const Secrets> secrets_;  // never null
};

}  // namespace exocast
