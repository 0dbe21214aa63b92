// SPDX-License-Identifier: Apache-2.0
#include "cluster/udp/envelope.h"

#include <utility>

namespace exocast {
namespace {

constexpr std::string_view magic = "exo";
constexpr char version = 1;
constexpr std::size_t marks_bytes = 6;
constexpr std::size_t head_bytes = marks_bytes + 8 + 8;
constexpr std::size_t signature_bytes = std::tuple_size_v<ClusterKey::Signature>;
static_assert(head_bytes + signature_bytes == envelope_bytes_max);

void append_number(std::string& to, std::uint64_t number) {
  for (int shift = 56; shift >= 0; shift -= 8) to += static_cast<char>(number >> shift);
}

std::uint64_t number_at(std::string_view bytes, std::size_t at) noexcept {
  std::uint64_t number = 0;
  for (const char byte : bytes.substr(at, 8)) number = number << 8U | static_cast<unsigned char>(byte);
  return number;
}

using Opened = std::expected<std::string_view, EnvelopeFault>;

Opened open_signed(std::string_view datagram, const ClusterKey& key, WallTime now, ReplayWindow& window) {
  if (datagram.size() < head_bytes + signature_bytes) return std::unexpected(EnvelopeFault::foreign);
  const std::string_view told = datagram.substr(0, datagram.size() - signature_bytes);
  if (!key.is_signature(datagram.substr(told.size()), told)) return std::unexpected(EnvelopeFault::forged);
  const WallTime sent(std::chrono::microseconds(static_cast<std::int64_t>(number_at(datagram, marks_bytes))));
  switch (window.admit(now, sent, number_at(datagram, marks_bytes + 8))) {
    case ReplayWindow::Verdict::skewed:
      return std::unexpected(EnvelopeFault::skewed);
    case ReplayWindow::Verdict::replayed:
      return std::unexpected(EnvelopeFault::replayed);
    case ReplayWindow::Verdict::full:
      return std::unexpected(EnvelopeFault::window_full);
    case ReplayWindow::Verdict::fresh:
      break;
  }
  return told.substr(head_bytes);
}

}  // namespace

std::string_view to_string(EnvelopeFault fault) noexcept {
  constexpr std::string_view words[envelope_fault_count] = {"foreign", "version", "not_signed", "signed_there",
                                                            "forged",  "skewed",  "replayed",   "window_full"};
  return words[std::to_underlying(fault)];
}

std::string seal(std::string_view content, Purpose purpose, const ClusterKey* key, WallTime now, std::uint64_t nonce) {
  std::string datagram;
  datagram.reserve(content.size() + envelope_bytes_max);
  datagram += magic;
  datagram += version;
  datagram += static_cast<char>(purpose);
  datagram += static_cast<char>(key != nullptr);
  if (key == nullptr) return datagram.append(content);
  append_number(datagram, static_cast<std::uint64_t>(now.time_since_epoch().count()));
  append_number(datagram, nonce);
  datagram += content;
  const ClusterKey::Signature signature = key->sign(datagram);
  return datagram.append(signature.data(), signature.size());
}

std::expected<std::string_view, EnvelopeFault> unseal(std::string_view datagram, Purpose purpose, const ClusterKey* key,
                                                      WallTime now, ReplayWindow& window) {
  if (datagram.size() < marks_bytes || !datagram.starts_with(magic)) return std::unexpected(EnvelopeFault::foreign);
  if (datagram[3] != version) return std::unexpected(EnvelopeFault::version);
  const char is_signed = datagram[5];
  if (datagram[4] != static_cast<char>(purpose) || (is_signed != 0 && is_signed != 1)) {
    return std::unexpected(EnvelopeFault::foreign);
  }
  if (is_signed == 0) {
    if (key != nullptr) return std::unexpected(EnvelopeFault::not_signed);
    return datagram.substr(marks_bytes);
  }
  if (key == nullptr) return std::unexpected(EnvelopeFault::signed_there);
  return open_signed(datagram, *key, now, window);
}

}  // namespace exocast
