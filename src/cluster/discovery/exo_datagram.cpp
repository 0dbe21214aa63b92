// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/exo_datagram.h"

#include <limits>

#include <nlohmann/json.hpp>

#include "exocast/ids.h"
#include "message/json_text.h"

namespace exocast {
namespace {

using Json = nlohmann::json;

/// exo's datagrams are three levels deep; unknown fields, which are ignored, may be deeper.
constexpr JsonRules rules{.max_depth = 16, .max_members = 256};

/// Reads members of objects. A missing or invalid member makes the whole datagram invalid.
class Members {
 public:
  bool ok() const noexcept { return ok_; }

  const Json& object(const Json& in, const char* key) { return member(in, key, &Json::is_object); }
  std::string text(const Json& in, const char* key) {
    const Json& value = member(in, key, &Json::is_string);
    return ok_ ? value.get<std::string>() : "";
  }
  std::int32_t integer(const Json& in, const char* key, std::int32_t least, std::int32_t most) {
    const Json& value = member(in, key, &Json::is_number_integer);
    if (!ok_) return least;
    ok_ = value >= least && value <= most;  // a value beyond int64 compares as negative; `least` is 0 or more
    return ok_ ? value.get<std::int32_t>() : least;
  }
  double number(const Json& in, const char* key) {
    const Json& value = member(in, key, &Json::is_number);
    ok_ = ok_ && value >= 0;
    return ok_ ? value.get<double>() : 0;
  }

 private:
  const Json& member(const Json& in, const char* key, bool (Json::*is_right)() const noexcept) {
    static const Json none;
    if (!ok_) return none;
    const auto at = in.find(key);
    ok_ = at != in.end() && ((*at).*is_right)();
    return ok_ ? *at : none;
  }

  bool ok_ = true;
};

DeviceCapabilities read_capabilities(Members& members, const Json& in) {
  DeviceCapabilities device;
  device.model = members.text(in, "model");
  device.chip = members.text(in, "chip");
  device.memory_mb = members.integer(in, "memory", 0, std::numeric_limits<std::int32_t>::max());
  const Json& flops = members.object(in, "flops");
  device.flops.fp32_tflops = members.number(flops, "fp32");
  device.flops.fp16_tflops = members.number(flops, "fp16");
  device.flops.int8_tflops = members.number(flops, "int8");
  return device;
}

}  // namespace

std::string encode(const ExoDatagram& datagram) {
  using Ordered = nlohmann::ordered_json;
  const DeviceCapabilities& device = datagram.capabilities;
  const Ordered flops = {
      {"fp32", device.flops.fp32_tflops}, {"fp16", device.flops.fp16_tflops}, {"int8", device.flops.int8_tflops}};
  const Ordered capabilities = {
      {"model", device.model}, {"chip", device.chip}, {"memory", device.memory_mb}, {"flops", flops}};
  const Ordered whole = {{"type", "discovery"},
                         {"node_id", datagram.node_id},
                         {"grpc_port", datagram.grpc_port},
                         {"device_capabilities", capabilities},
                         {"priority", datagram.priority},
                         {"interface_name", datagram.interface_name},
                         {"interface_type", datagram.interface_type}};
  return whole.dump(-1, ' ', false, Ordered::error_handler_t::replace);
}

std::optional<ExoDatagram> decode_exo_datagram(std::string_view bytes) {
  if (bytes.size() > exo_datagram_bytes_max || json_fault(bytes, rules)) return std::nullopt;
  const Json root = Json::parse(bytes, nullptr, false);
  Members members;
  if (!root.is_object() || members.text(root, "type") != "discovery") return std::nullopt;
  ExoDatagram datagram;
  datagram.node_id = members.text(root, "node_id");
  datagram.grpc_port = static_cast<std::uint16_t>(members.integer(root, "grpc_port", 1, 65'535));
  datagram.capabilities = read_capabilities(members, members.object(root, "device_capabilities"));
  datagram.priority = members.integer(root, "priority", 0, std::numeric_limits<std::int32_t>::max());
  datagram.interface_name = members.text(root, "interface_name");
  datagram.interface_type = members.text(root, "interface_type");
  if (!members.ok() || peer_id_fault(datagram.node_id)) return std::nullopt;
  return datagram;
}

}  // namespace exocast
