// SPDX-License-Identifier: Apache-2.0
#include "exocast/peers_file.h"

#include <cerrno>
#include <cstdio>
#include <limits>
#include <memory>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "message/json_text.h"

namespace exocast {
namespace {

using Json = nlohmann::json;

/// Peers files are four levels deep; unknown members, which are ignored, may be deeper.
constexpr JsonRules rules{.max_depth = 16, .unique_keys = true, .max_members = max_peers};

/// One JSON value and its path ("peers.n2.port"). Its readers return nothing after the first fault, which ends the
/// reading, so callers need not check each value.
class Reader {
 public:
  Reader(const Json& value, std::string path, std::string& fault)
      : value_(value), path_(std::move(path)), fault_(fault) {}

  /// The member `key`; null if it is missing.
  const Json* find(const char* key) const {
    const auto at = value_.find(key);
    return at == value_.end() ? nullptr : &*at;
  }

  bool is_object() const {
    if (!value_.is_object()) fail("", "expected an object");
    return fault_.empty();
  }

  Reader member(const char* key) const {
    static const Json missing;
    const Json* value = find(key);
    if (!value) fail(key, "missing");
    return {value ? *value : missing, path_to(key), fault_};
  }

  std::string text() const {
    if (!value_.is_string()) fail("", "expected a string");
    return fault_.empty() ? value_.get<std::string>() : std::string();
  }

  std::int32_t integer(std::int32_t least, std::int32_t most) const {
    if (!value_.is_number_integer()) {
      fail("", "expected a whole number");
    } else if (value_ < least || value_ > most) {
      fail("", fmt::format("{} is not in {}..{}", value_.dump(), least, most));
    }
    return fault_.empty() ? value_.get<std::int32_t>() : 0;
  }

  double number_from_zero() const {
    if (!value_.is_number() || value_ < 0) fail("", "expected a number of at least 0");
    return fault_.empty() ? value_.get<double>() : 0;
  }

  void fail(std::string_view key, std::string_view why) const {
    if (fault_.empty()) fault_ = to_line(fmt::format("{}: {}", path_to(key), why));
  }

 private:
  std::string path_to(std::string_view key) const { return key.empty() ? path_ : fmt::format("{}.{}", path_, key); }

  const Json& value_;
  std::string path_;
  std::string& fault_;
};

DeviceCapabilities read_capabilities(const Reader& reader) {
  DeviceCapabilities device;
  if (!reader.is_object()) return device;
  device.model = reader.member("model").text();
  device.chip = reader.member("chip").text();
  device.memory_mb = reader.member("memory").integer(0, std::numeric_limits<std::int32_t>::max());
  const Reader flops = reader.member("flops");
  if (!flops.is_object()) return device;
  device.flops.fp32_tflops = flops.member("fp32").number_from_zero();
  device.flops.fp16_tflops = flops.member("fp16").number_from_zero();
  device.flops.int8_tflops = flops.member("int8").number_from_zero();
  return device;
}

Peer read_peer(std::string id, const Reader& reader) {
  Peer peer{std::move(id), {}, std::nullopt};
  if (const auto why = peer_id_fault(peer.id)) reader.fail("", *why);
  if (!reader.is_object()) return peer;
  const Reader address = reader.member("address");
  auto host = parse_host(address.text());
  if (!host) address.fail("", host.error());
  peer.address.host = std::move(host).value_or("");
  peer.address.port = static_cast<std::uint16_t>(reader.member("port").integer(1, 65535));
  if (reader.find("device_capabilities")) peer.capabilities = read_capabilities(reader.member("device_capabilities"));
  return peer;
}

std::vector<Peer> read_peers(const Json& root, std::string& fault) {
  std::vector<Peer> peers;
  if (!root.is_object() || !root.contains("peers")) {
    fault = "expected an object with the key \"peers\"";
    return peers;
  }
  const Json& members = root.at("peers");
  if (!Reader(members, "peers", fault).is_object()) return peers;
  for (const auto& [id, value] : members.items()) {
    peers.push_back(read_peer(id, Reader(value, "peers." + to_line(id, max_quoted_columns), fault)));
    if (!fault.empty()) break;
  }
  return peers;
}

std::string system_words(int error) { return std::generic_category().message(error); }

/// The file's bytes, up to the limit.
std::expected<std::string, std::string> read_file(const std::string& path) {
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  const std::unique_ptr<std::FILE, Close> file(std::fopen(path.c_str(), "rb"));
  if (!file) return std::unexpected(system_words(errno));
  std::string text;
  std::string block(65'536, '\0');
  while (const std::size_t count = std::fread(block.data(), 1, block.size(), file.get())) {
    text.append(block, 0, count);
    if (text.size() > max_peers_file_bytes) {
      return std::unexpected(fmt::format("larger than {} bytes", max_peers_file_bytes));
    }
  }
  if (std::ferror(file.get()) != 0) return std::unexpected(system_words(errno));
  return text;
}

std::unexpected<std::string> error_in(std::string_view name, std::string_view why) {
  return std::unexpected(fmt::format("{}: {}", to_line(name), why));
}

}  // namespace

std::expected<std::vector<Peer>, std::string> read_peers_file(const std::string& path) {
  const auto text = read_file(path);
  if (!text) return error_in(path, text.error());
  return parse_peers(*text, path);
}

std::expected<std::vector<Peer>, std::string> parse_peers(std::string_view text, std::string_view name) {
  if (const auto fault = json_fault(text, rules)) return error_in(name, *fault);
  std::string fault;
  auto peers = read_peers(Json::parse(text), fault);
  if (!fault.empty()) return error_in(name, fault);
  return peers;
}

std::vector<Peer> without(std::vector<Peer> peers, std::string_view own_id) {
  std::erase_if(peers, [&](const Peer& peer) { return peer.id == own_id; });
  return peers;
}

}  // namespace exocast
