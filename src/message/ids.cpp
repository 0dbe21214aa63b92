// SPDX-License-Identifier: Apache-2.0
#include "exocast/ids.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include <fmt/format.h>

#include "base/random.h"
#include "base/text.h"

namespace exocast {
namespace {

constexpr std::size_t max_id_bytes = 255;
constexpr std::size_t max_host_bytes = 253;  // RFC 1035, without the final dot
constexpr std::size_t max_label_bytes = 63;  // RFC 1035

/// splitmix64 (Steele, Lea, Flood 2014): every 64-bit state has its own successor and output.
std::uint64_t next_random(std::uint64_t& state) {
  std::uint64_t z = state += 0x9E3779B97F4A7C15U;
  z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9U;
  z = (z ^ (z >> 27U)) * 0x94D049BB133111EBU;
  return z ^ (z >> 31U);
}

std::string quoted(std::string_view text) { return fmt::format("'{}'", to_line(text, max_quoted_columns)); }

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_character(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

bool is_address(int family, std::string_view text) {
  std::array<unsigned char, sizeof(in6_addr)> address{};
  return !text.contains('\0') && inet_pton(family, std::string(text).c_str(), address.data()) == 1;
}

bool is_ipv6(std::string_view text) {
  const auto percent = text.find('%');
  if (percent == std::string_view::npos) return is_address(AF_INET6, text);
  const std::string_view zone = text.substr(percent + 1);
  const auto allowed = [](char c) { return is_name_character(c) || c == '.'; };
  return !zone.empty() && std::ranges::all_of(zone, allowed) && is_address(AF_INET6, text.substr(0, percent));
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= max_label_bytes && std::ranges::all_of(label, is_name_character) &&
         label.front() != '-' && label.back() != '-';
}

bool is_host_name(std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  if (name.size() > max_host_bytes) return false;
  for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.')) {
    if (!is_label(name.substr(0, dot))) return false;
    name.remove_prefix(dot + 1);
  }
  return is_label(name);
}

std::expected<std::uint16_t, std::string> parse_port(std::string_view text, std::uint16_t lowest) {
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty()) return std::unexpected("the port is missing");
  const bool digits = std::ranges::all_of(text, is_digit);
  if (!digits) return std::unexpected(fmt::format("port {} is not a number", quoted(text)));
  if (error != std::errc() || port < lowest || port > 65535) {
    return std::unexpected(fmt::format("port {} is not in {}..65535", to_line(text, max_quoted_columns), lowest));
  }
  return static_cast<std::uint16_t>(port);
}

std::expected<PeerAddress, std::string> parse_parts(std::string_view text, std::uint16_t lowest_port) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || text.ends_with(']')) return std::unexpected("the port is missing (host:port)");
  const std::string_view host = text.substr(0, colon);
  if (host.contains(':') && !host.starts_with('[')) {
    return std::unexpected("an IPv6 address needs brackets: [::1]:50051");
  }
  auto parsed_host = parse_host(host);
  if (!parsed_host) return std::unexpected(std::move(parsed_host).error());
  auto port = parse_port(text.substr(colon + 1), lowest_port);
  if (!port) return std::unexpected(std::move(port).error());
  return PeerAddress{*std::move(parsed_host), *port};
}

}  // namespace

BroadcastIds::BroadcastIds() {
  for (std::uint64_t& half : state_) half = random_seed();
}

BroadcastIds::BroadcastIds(std::uint64_t seed) : state_{next_random(seed), next_random(seed)} {}

std::string BroadcastIds::next() {
  const std::uint64_t high = next_random(state_[0]);
  return fmt::format("{:016x}{:016x}", high, next_random(state_[1]));
}

std::string to_string(const PeerAddress& address) {
  const bool is_v6 = address.host.contains(':');
  return is_v6 ? fmt::format("[{}]:{}", address.host, address.port) : fmt::format("{}:{}", address.host, address.port);
}

std::expected<std::string, std::string> parse_host(std::string_view text) {
  if (text.empty()) return std::unexpected("the host is missing");
  if (text.contains(':') || text.starts_with('[')) {
    std::string_view bare = text;
    if (bare.starts_with('[') && bare.ends_with(']')) bare = bare.substr(1, bare.size() - 2);
    if (is_ipv6(bare)) return std::string(bare);
    return std::unexpected(fmt::format("{} is not an IPv6 address", quoted(text)));
  }
  const bool numeric = std::ranges::all_of(text, [](char c) { return is_digit(c) || c == '.'; });
  if (numeric && !is_address(AF_INET, text)) return std::unexpected(quoted(text) + " is not an IPv4 address");
  if (!numeric && !is_host_name(text)) return std::unexpected(quoted(text) + " is not a host name");
  return std::string(text);
}

std::expected<PeerAddress, std::string> parse_address(std::string_view text, std::uint16_t lowest_port) {
  auto address = parse_parts(text, lowest_port);
  if (!address) return std::unexpected(fmt::format("{}: {}", quoted(text), address.error()));
  return address;
}

std::expected<Peer, std::string> parse_peer(std::string_view text) {
  const auto equals = text.rfind('=');
  if (equals == std::string_view::npos) return std::unexpected(quoted(text) + ": expected id=host:port");
  const std::string_view id = text.substr(0, equals);
  if (auto fault = peer_id_fault(id)) return std::unexpected(fmt::format("{}: {}", quoted(text), *fault));
  auto address = parse_parts(text.substr(equals + 1), 1);
  if (!address) return std::unexpected(fmt::format("{}: {}", quoted(text), address.error()));
  return Peer{std::string(id), *std::move(address), std::nullopt};
}

std::optional<std::string> peer_id_fault(std::string_view id) {
  if (id.empty()) return "the id is missing";
  if (id.size() > max_id_bytes) return fmt::format("the id is longer than {} bytes", max_id_bytes);
  if (std::ranges::all_of(id, [](char c) { return c > 0x20 && c < 0x7f; })) return std::nullopt;  // the usual case
  if (!is_utf8(id)) return "the id is not UTF-8";
  if (to_line(id, max_id_bytes) != id) return "the id has a control character";
  return std::nullopt;
}

}  // namespace exocast
