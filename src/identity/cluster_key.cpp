// SPDX-License-Identifier: Apache-2.0
#include "exocast/cluster_key.h"

#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <new>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/base64.h"
#include "base/text.h"

namespace exocast {
namespace {

constexpr std::size_t secret_bytes = 32;  // of a line in a key file
constexpr std::string_view make_one = "make a key with: openssl rand -base64 32";

struct FreeKdf {
  void operator()(EVP_KDF* kdf) const noexcept { EVP_KDF_free(kdf); }
  void operator()(EVP_KDF_CTX* context) const noexcept { EVP_KDF_CTX_free(context); }
};

/// Wipes a text that had a secret in it.
void wipe(std::string& text) noexcept { OPENSSL_cleanse(text.data(), text.size()); }

/// The content of a key file, wiped by its destructor.
class KeyText {
 public:
  KeyText() = default;
  KeyText(const KeyText&) = delete;
  KeyText& operator=(const KeyText&) = delete;
  ~KeyText() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  /// Reads `file` to its end, or one byte beyond the limit. Returns 0, or errno.
  int read(int file) noexcept {
    while (count_ < bytes_.size()) {
      const ssize_t got = ::read(file, bytes_.data() + count_, bytes_.size() - count_);
      if (got == 0) break;
      if (got > 0) count_ += static_cast<std::size_t>(got);
      if (got < 0 && errno != EINTR) return errno;
    }
    return 0;
  }

  std::string_view text() const noexcept { return {bytes_.data(), count_}; }

 private:
  std::array<char, ClusterKey::file_bytes_max + 1> bytes_{};
  std::size_t count_ = 0;
};

std::string system_words(int error) { return std::generic_category().message(error); }

std::expected<ClusterKey, std::string> read_open(int file) {
  struct stat status{};
  if (fstat(file, &status) != 0) return std::unexpected(system_words(errno));
  if (const auto mode = status.st_mode & 0777U; S_ISREG(status.st_mode) && (mode & 0037U) != 0) {
    return std::unexpected(fmt::format(
        "its mode {:04o} allows more than reading by its owner and its group: run chmod 600 or 640 on it", mode));
  }
  KeyText content;
  if (const int error = content.read(file)) return std::unexpected(system_words(error));
  return ClusterKey::parse(content.text());
}

std::string_view trimmed(std::string_view line) noexcept {
  constexpr std::string_view blanks = " \t\r";
  const auto begin = line.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return line.substr(begin, line.find_last_not_of(blanks) + 1 - begin);
}

std::optional<ClusterKey::Derived> hkdf(std::string_view secret, std::string_view label) noexcept {
  static const std::unique_ptr<EVP_KDF, FreeKdf> kdf(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr));
  const std::unique_ptr<EVP_KDF_CTX, FreeKdf> context(kdf ? EVP_KDF_CTX_new(kdf.get()) : nullptr);
  char digest[] = "SHA256";
  const auto octets = [](const char* name, std::string_view bytes) {
    return OSSL_PARAM_construct_octet_string(name, const_cast<char*>(bytes.data()), bytes.size());
  };
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
                               octets(OSSL_KDF_PARAM_KEY, secret), octets(OSSL_KDF_PARAM_INFO, label),
                               OSSL_PARAM_construct_end()};
  ClusterKey::Derived derived;
  if (!context || EVP_KDF_derive(context.get(), derived.data(), derived.size(), params) != 1) {
    return std::nullopt;
  }
  return derived;
}

}  // namespace

/// The secrets, wiped by the destructor.
class ClusterKey::Secrets {
 public:
  Secrets() = default;
  Secrets(const Secrets&) = delete;
  Secrets& operator=(const Secrets&) = delete;
  ~Secrets() {
    for (std::string& secret : all) wipe(secret);
  }

  std::vector<std::string> all;
};

ClusterKey::ClusterKey(std::shared_ptr<const Secrets> secrets) noexcept : secrets_(std::move(secrets)) {}

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

std::expected<ClusterKey, std::string> ClusterKey::parse(std::string_view text) {
  if (text.size() > file_bytes_max) {
    return std::unexpected(fmt::format("a key file has {} bytes at most, this one has more", file_bytes_max));
  }
  auto secrets = std::make_shared<Secrets>();
  secrets->all.reserve(secrets_max);
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line.starts_with('#')) continue;
    auto secret = from_base64(line);
    if (!secret || secret->size() != secret_bytes) {
      if (secret) wipe(*secret);
      return std::unexpected(
          fmt::format("line {} is not {} bytes in base64 (44 characters); {}", number, secret_bytes, make_one));
    }
    if (secrets->all.size() == secrets_max) {
      wipe(*secret);
      return std::unexpected(fmt::format("line {}: a key file has {} keys at most", number, secrets_max));
    }
    secrets->all.push_back(*std::move(secret));
  }
  if (secrets->all.empty()) return std::unexpected(fmt::format("the file has no key; {}", make_one));
  return ClusterKey(std::move(secrets));
}

std::expected<ClusterKey, std::string> ClusterKey::from(std::string_view secret) {
  if (secret.size() < secret_bytes_min || secret.size() > secret_bytes_max) {
    return std::unexpected(
        fmt::format("a secret has {} to {} bytes, this one has {}", secret_bytes_min, secret_bytes_max, secret.size()));
  }
  auto secrets = std::make_shared<Secrets>();
  secrets->all.emplace_back(secret);
  return ClusterKey(std::move(secrets));
}

std::string ClusterKey::make_line() {
  std::string secret(secret_bytes, '\0');
  if (RAND_priv_bytes(reinterpret_cast<unsigned char*>(secret.data()), secret_bytes) != 1) throw std::bad_alloc();
  std::string line = to_base64(secret);
  wipe(secret);
  return line;
}

std::size_t ClusterKey::secrets() const noexcept { return secrets_->all.size(); }

ClusterKey::Derived ClusterKey::derive(std::string_view label, std::size_t secret) const {
  assert(secret < secrets());
  const auto derived = hkdf(secrets_->all[secret], label);
  if (!derived) throw std::bad_alloc();
  return *derived;
}

std::string ClusterKey::fingerprint(std::size_t secret) const {
  std::string text;
  for (const unsigned byte : derive("exocast fingerprint", secret)) {
    text += fmt::format("{:02x}", byte);
    if (text.size() == 16) break;
  }
  return text;
}

namespace {

ClusterKey::Signature hmac(std::string_view secret, std::string_view bytes) {
  ClusterKey::Signature signature;
  std::size_t written = 0;
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  auto* into = reinterpret_cast<unsigned char*>(signature.data());
  const bool made = EVP_Q_mac(nullptr, "HMAC", nullptr, "SHA256", nullptr, secret.data(), secret.size(), data,
                              bytes.size(), into, signature.size(), &written) != nullptr;
  if (!made || written != signature.size()) throw std::bad_alloc();
  return signature;
}

bool are_equal(std::string_view one, std::string_view other) noexcept {
  return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace

ClusterKey::Signature ClusterKey::sign(std::string_view bytes) const { return hmac(secrets_->all.front(), bytes); }

bool ClusterKey::is_signature(std::string_view signature, std::string_view bytes) const {
  bool is_one = false;
  for (const std::string& secret : secrets_->all) {
    const Signature right = hmac(secret, bytes);
    is_one |= are_equal(signature, {right.data(), right.size()});
  }
  return is_one;
}

bool ClusterKey::operator==(const ClusterKey& other) const noexcept {
  return std::ranges::equal(secrets_->all, other.secrets_->all, are_equal);
}

}  // namespace exocast
