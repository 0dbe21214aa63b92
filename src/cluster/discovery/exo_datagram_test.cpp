// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/exo_datagram.h"

#include <functional>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace exocast {
namespace {

/// As exo's json.dumps writes it.
constexpr std::string_view of_exo =
    R"json({"type": "discovery", "node_id": "c", "grpc_port": 50051, "device_capabilities": {"model": "Linux X", )json"
    R"json("chip": "NVIDIA X", "memory": 24105, "flops": {"fp32": 82.58, "fp16": 165.16, "int8": 330.32}}, )json"
    R"json("priority": 4, "interface_name": "eth0", "interface_type": "Ethernet"})json";

const ExoDatagram sample = {
    .node_id = "c",
    .grpc_port = 50051,
    .capabilities = {.model = "Linux X",
                     .chip = "NVIDIA X",
                     .memory_mb = 24105,
                     .flops = {.fp32_tflops = 82.58, .fp16_tflops = 165.16, .int8_tflops = 330.32}},
    .priority = 4,
    .interface_name = "eth0",
    .interface_type = "Ethernet"};

/// The sample, decoded after `change` has modified its JSON.
std::optional<ExoDatagram> with(const std::function<void(nlohmann::json&)>& change) {
  auto json = nlohmann::json::parse(of_exo);
  change(json);
  return decode_exo_datagram(json.dump());
}

TEST(ExoDatagram, OfExoIsRead) { EXPECT_EQ(decode_exo_datagram(of_exo), sample); }

TEST(ExoDatagram, IsWrittenAsExoWritesIt) {
  ExoDatagram plain = sample;
  plain.capabilities = {.model = "m", .chip = "c", .memory_mb = 24105, .flops = {}};
  EXPECT_EQ(encode(plain),
            R"({"type":"discovery","node_id":"c","grpc_port":50051,"device_capabilities":{"model":"m","chip":"c",)"
            R"("memory":24105,"flops":{"fp32":0.0,"fp16":0.0,"int8":0.0}},"priority":4,"interface_name":"eth0",)"
            R"("interface_type":"Ethernet"})");
  EXPECT_EQ(decode_exo_datagram(encode(sample)), sample);
}

TEST(ExoDatagram, NeedsAllSevenFieldsAndThoseOfTheDevice) {
  for (const auto& [key, value] : nlohmann::json::parse(of_exo).items()) {
    EXPECT_FALSE(with([&](auto& json) { json.erase(key); })) << key;
    EXPECT_FALSE(with([&](auto& json) { json[key] = nullptr; })) << key;
  }
  for (const char* key : {"model", "chip", "memory", "flops"}) {
    EXPECT_FALSE(with([&](auto& json) { json["device_capabilities"].erase(key); })) << key;
  }
  for (const char* key : {"fp32", "fp16", "int8"}) {
    EXPECT_FALSE(with([&](auto& json) { json["device_capabilities"]["flops"].erase(key); })) << key;
  }
}

TEST(ExoDatagram, IgnoresWhatItDoesNotKnow) {
  EXPECT_EQ(with([](auto& json) { json["more"] = {1, 2, {{"deep", true}}}; }), sample);
}

TEST(ExoDatagram, IsRefusedWhenItCannotBeTrue) {
  EXPECT_FALSE(with([](auto& json) { json["type"] = "goodbye"; }));
  EXPECT_FALSE(with([](auto& json) { json["node_id"] = ""; }));
  EXPECT_FALSE(with([](auto& json) { json["node_id"] = "a\nb"; }));
  EXPECT_FALSE(with([](auto& json) { json["node_id"] = std::string(256, 'x'); }));
  EXPECT_FALSE(with([](auto& json) { json["grpc_port"] = 0; }));
  EXPECT_FALSE(with([](auto& json) { json["grpc_port"] = 65'536; }));
  EXPECT_FALSE(with([](auto& json) { json["grpc_port"] = 50051.5; }));
  EXPECT_FALSE(with([](auto& json) { json["grpc_port"] = "50051"; }));
  EXPECT_FALSE(with([](auto& json) { json["device_capabilities"]["memory"] = -1; }));
  EXPECT_FALSE(with([](auto& json) { json["device_capabilities"]["memory"] = 3'000'000'000; }));
  EXPECT_FALSE(with([](auto& json) { json["device_capabilities"]["flops"]["fp32"] = -0.5; }));
  EXPECT_FALSE(with([](auto& json) { json["priority"] = UINT64_MAX; }));
}

TEST(ExoDatagram, GarbageIsNone) {
  for (const std::string_view garbage : {"", "{", "{}", "[]", "null", "1", "garbage", R"({"type":"discovery"})"}) {
    EXPECT_FALSE(decode_exo_datagram(garbage)) << garbage;
  }
  for (std::size_t bytes = 0; bytes < of_exo.size(); ++bytes) {
    EXPECT_FALSE(decode_exo_datagram(of_exo.substr(0, bytes))) << bytes << " bytes";
  }
  EXPECT_FALSE(decode_exo_datagram(std::string(4000, '[')));
}

TEST(ExoDatagram, OfMoreThanFourKilobytesIsNotRead) {
  EXPECT_EQ(decode_exo_datagram(std::string(of_exo) + std::string(exo_datagram_bytes_max - of_exo.size(), ' ')),
            sample);
  EXPECT_FALSE(decode_exo_datagram(std::string(of_exo) + std::string(exo_datagram_bytes_max, ' ')));
}

}  // namespace
}  // namespace exocast
