// SPDX-License-Identifier: Apache-2.0
#include "exocast/cluster_key.h"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "base/text.h"

namespace exocast {
namespace {

struct FreeMac {
  void operator()(EVP_MAC* mac) const noexcept { EVP_MAC_free(mac); }
  void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};

/// A buffer for a secret, wiped by its destructor.
class Secret {
 public:
  Secret() = default;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  /// Reads `file` to its end, or until it exceeds the limit of a secret. Returns 0, or errno.
  int read(int file) noexcept {
    while (count_ < bytes_.size()) {
      const ssize_t got = ::read(file, bytes_.data() + count_, bytes_.size() - count_);
      if (got == 0) break;
      if (got > 0) count_ += static_cast<std::size_t>(got);
      if (got < 0 && errno != EINTR) return errno;
    }
    return 0;
  }

  std::string_view without_newline() const noexcept {
    std::string_view text(bytes_.data(), count_);
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
  }

 private:
  std::array<char, ClusterKey::secret_bytes_max + 3> bytes_{};  // room for a newline, and for one byte over the limit
  std::size_t count_ = 0;
};

std::string system_words(int error) { return std::generic_category().message(error); }

std::expected<ClusterKey, std::string> read_open(int file) {
  struct stat status{};
  if (fstat(file, &status) != 0) return std::unexpected(system_words(errno));
  if (const auto others = status.st_mode & 0777U; S_ISREG(status.st_mode) && (others & 0077U) != 0) {
    return std::unexpected(
        fmt::format("others than its owner may use it (mode {:04o}); let nobody else: chmod 600", others));
  }
  Secret secret;
  if (const int error = secret.read(file)) return std::unexpected(system_words(error));
  return ClusterKey::from(secret.without_newline());
}

}  // namespace

ClusterKey::ClusterKey(std::shared_ptr<evp_mac_ctx_st> keyed) noexcept : keyed_(std::move(keyed)) {}

std::expected<ClusterKey, std::string> ClusterKey::read(const std::string& path) {
  const auto fault = [&](std::string_view why) {
    return std::unexpected(fmt::format("cluster key {}: {}", to_line(path), why));
  };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return fault(system_words(errno));
  auto key = read_open(file);
  ::close(file);
  if (!key) return fault(key.error());
  return key;
}

std::expected<ClusterKey, std::string> ClusterKey::from(std::string_view secret) {
  if (secret.size() < secret_bytes_min || secret.size() > secret_bytes_max) {
    const std::string size = secret.size() > secret_bytes_max ? "more" : fmt::format("{} bytes", secret.size());
    return std::unexpected(
        fmt::format("a key has {} to {} bytes, this one has {}", secret_bytes_min, secret_bytes_max, size));
  }
  const std::unique_ptr<EVP_MAC, FreeMac> mac(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
  std::shared_ptr<EVP_MAC_CTX> keyed(mac ? EVP_MAC_CTX_new(mac.get()) : nullptr, FreeMac{});
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                               OSSL_PARAM_construct_end()};
  const auto* bytes = reinterpret_cast<const unsigned char*>(secret.data());
  if (!keyed || EVP_MAC_init(keyed.get(), bytes, secret.size(), params) != 1) {
    return std::unexpected("OpenSSL here has no HMAC-SHA256");
  }
  return ClusterKey(std::move(keyed));
}

ClusterKey::Signature ClusterKey::sign(std::string_view bytes) const {
  const std::unique_ptr<EVP_MAC_CTX, FreeMac> context(EVP_MAC_CTX_dup(keyed_.get()));
  Signature signature;
  std::size_t written = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  auto* into = reinterpret_cast<unsigned char*>(signature.data());
  const bool made = context && EVP_MAC_update(context.get(), data, bytes.size()) == 1 &&
                    EVP_MAC_final(context.get(), into, &written, signature.size()) == 1;
  if (!made || written != signature.size()) throw std::bad_alloc();
  return signature;
}

bool ClusterKey::is_signature(std::string_view signature, std::string_view bytes) const {
  const Signature right = sign(bytes);
  return signature.size() == right.size() && CRYPTO_memcmp(signature.data(), right.data(), right.size()) == 0;
}

}  // namespace exocast
