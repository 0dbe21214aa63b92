// SPDX-License-Identifier: Apache-2.0
#include "exocast/peers_file.h"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <random>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.h"

namespace exocast {
namespace {

using testing::HasSubstr;
using testing::SizeIs;
using testing::StartsWith;

constexpr const char* two_nodes = R"({"peers": {
  "n2": {"address": "localhost", "port": 50052, "device_capabilities": {"model": "M", "chip": "C", "memory": 16384,
         "flops": {"fp32": 1.5, "fp16": 3, "int8": 6.25}}},
  "n1": {"address": "::1", "port": 50051, "note": ["ignored"]}}})";

std::string error_of(std::string_view text) {
  const auto peers = parse_peers(text, "peers.json");
  return peers ? "accepted" : peers.error();
}

/// The error for one peer, n2, whose value is this text.
std::string peer_error(const std::string& value) { return error_of(R"({"peers": {"n2": )" + value + "}}"); }

/// The error for a peer that is valid except for its device_capabilities.
std::string device_error(const std::string& value) {
  return peer_error(R"({"address": "h", "port": 1, "device_capabilities": )" + value + "}");
}

std::string error_of_file(const std::string& path) {
  const auto peers = read_peers_file(path);
  return peers ? "accepted" : peers.error();
}

class PeersFile : public testing::Test {
 protected:
  PeersFile() { std::filesystem::create_directory(folder_); }
  ~PeersFile() override { std::filesystem::remove_all(folder_); }

  std::string write(std::string_view text) const {
    std::ofstream(file_, std::ios::binary) << text;
    return file_;
  }

  const std::filesystem::path folder_ =
      std::filesystem::temp_directory_path() / ("exocast_peers_file_test_" + std::to_string(getpid()));
  const std::string file_ = folder_ / "peers.json";
};

TEST_F(PeersFile, ListsThePeersById) {
  const auto peers = read_peers_file(write(two_nodes));
  ASSERT_TRUE(peers) << peers.error();
  ASSERT_THAT(*peers, SizeIs(2));
  EXPECT_EQ(peers->at(0), (Peer{"n1", {"::1", 50051}, std::nullopt}));
  EXPECT_EQ(peers->at(1),
            (Peer{"n2", {"localhost", 50052}, DeviceCapabilities{"M", "C", 16384, DeviceFlops{1.5, 3, 6.25}}}));
}

TEST_F(PeersFile, ThatCannotBeReadIsNamedWithTheSystemsReason) {
  EXPECT_EQ(error_of_file("no/such/peers.json"), "no/such/peers.json: No such file or directory");
  EXPECT_THAT(error_of_file(folder_), HasSubstr(": Is a directory"));
  EXPECT_EQ(error_of_file(""), ": No such file or directory");
}

TEST_F(PeersFile, ThatIsTooLargeIsRefused) {
  EXPECT_THAT(error_of_file(write(std::string(max_peers_file_bytes + 1, ' '))),
              HasSubstr("larger than 16777216 bytes"));
  EXPECT_EQ(error_of_file("/dev/zero"), "/dev/zero: larger than 16777216 bytes");
}

TEST_F(PeersFile, MayBeAsLargeAsTheLimit) {
  std::string text = two_nodes;
  text.resize(max_peers_file_bytes, ' ');
  EXPECT_EQ(error_of_file(write(text)), "accepted");
}

TEST(PeersText, MalformedJsonIsNamedByLineAndColumn) {
  EXPECT_THAT(error_of("{\"peers\": {\n  \"n1\": {,\n}}"), StartsWith("peers.json: line 2, column 10: "));
  EXPECT_THAT(error_of(""), StartsWith("peers.json: line 1, column 1: "));
  EXPECT_THAT(error_of(std::string(two_nodes) + "x"), HasSubstr("column"));
  EXPECT_THAT(error_of(std::string(two_nodes) + '\0'), HasSubstr("is zero"));
}

TEST(PeersText, AnEmptyListIsAList) { EXPECT_EQ(error_of(R"({"peers": {}})"), "accepted"); }

TEST(PeersText, WithoutPeersIsNotAPeersFile) {
  for (const char* text : {"{}", "[]", "null", "3", R"({"Peers": {}})"}) {
    EXPECT_EQ(error_of(text), "peers.json: expected an object with the key \"peers\"") << text;
  }
  EXPECT_EQ(error_of(R"({"peers": []})"), "peers.json: peers: expected an object");
  EXPECT_EQ(peer_error("[]"), "peers.json: peers.n2: expected an object");
}

TEST(PeersText, APortOutOfRangeIsNamedByItsKey) {
  const auto port_error = [](const std::string& port) {
    return peer_error(R"({"address": "h", "port": )" + port + "}");
  };
  EXPECT_EQ(port_error("70000"), "peers.json: peers.n2.port: 70000 is not in 1..65535");
  EXPECT_EQ(port_error("0"), "peers.json: peers.n2.port: 0 is not in 1..65535");
  EXPECT_EQ(port_error("-1"), "peers.json: peers.n2.port: -1 is not in 1..65535");
  for (const char* huge : {"4294967297", "9223372036854775807", "18446744073709551615", "-9223372036854775808"}) {
    EXPECT_THAT(port_error(huge), HasSubstr("is not in 1..65535"));
  }
  for (const char* other : {"\"50051\"", "1.0", "null", "true", "[1]", "99999999999999999999"}) {
    EXPECT_EQ(port_error(other), "peers.json: peers.n2.port: expected a whole number");
  }
}

TEST(PeersText, AMissingKeyIsNamed) {
  EXPECT_EQ(peer_error(R"({"port": 1})"), "peers.json: peers.n2.address: missing");
  EXPECT_EQ(peer_error(R"({"address": "h"})"), "peers.json: peers.n2.port: missing");
  EXPECT_EQ(device_error(R"({"model": "", "chip": "", "memory": 0})"),
            "peers.json: peers.n2.device_capabilities.flops: missing");
}

TEST(PeersText, AnAddressMustBeAHost) {
  EXPECT_EQ(peer_error(R"({"address": "a b", "port": 1})"), "peers.json: peers.n2.address: 'a b' is not a host name");
  EXPECT_EQ(peer_error(R"({"address": "", "port": 1})"), "peers.json: peers.n2.address: the host is missing");
  EXPECT_EQ(peer_error(R"({"address": 7, "port": 1})"), "peers.json: peers.n2.address: expected a string");
  EXPECT_THAT(peer_error(R"({"address": "h:1", "port": 1})"), HasSubstr("is not an IPv6 address"));
  EXPECT_EQ(peer_error(R"({"address": "[::1]", "port": 1})"), "accepted");
}

TEST(PeersText, DeviceCapabilitiesMustBeRightIfTheyAreThere) {
  const std::string at = "peers.json: peers.n2.device_capabilities";
  EXPECT_EQ(device_error("null"), at + ": expected an object");
  EXPECT_EQ(device_error(R"({"model": 1})"), at + ".model: expected a string");
  EXPECT_EQ(device_error(R"({"model": "", "chip": "", "memory": 2147483648})"),
            at + ".memory: 2147483648 is not in 0..2147483647");
  EXPECT_EQ(device_error(R"({"model": "", "chip": "", "memory": 0, "flops": {"fp32": -1}})"),
            at + ".flops.fp32: expected a number of at least 0");
  EXPECT_EQ(device_error(R"({"model": "", "chip": "", "memory": 0, "flops": {"fp32": 0, "fp16": "x"}})"),
            at + ".flops.fp16: expected a number of at least 0");
}

TEST(PeersText, AKeyThatAppearsTwiceIsRefused) {
  EXPECT_EQ(error_of(R"({"peers": {"n1": {"address": "a", "port": 1}, "n1": {"address": "b", "port": 2}}})"),
            "peers.json: peers.n1: this key appears twice");
  EXPECT_EQ(peer_error(R"({"address": "a", "port": 1, "port": 2})"),
            "peers.json: peers.n2.port: this key appears twice");
}

TEST(PeersText, AnIdMustBeFitToPrint) {
  EXPECT_EQ(error_of(R"({"peers": {"": {"address": "a", "port": 1}}})"), "peers.json: peers.: the id is missing");
  EXPECT_THAT(error_of(R"({"peers": {"a\u001b[2J": {"address": "a", "port": 1}}})"), HasSubstr("control character"));
  EXPECT_THAT(error_of(R"({"peers": {")" + std::string(300, 'x') + R"(": {"address": "a", "port": 1}}})"),
              HasSubstr("x…: the id is longer than 255 bytes"));
}

TEST(PeersText, TheNumberOfPeersIsBounded) {
  std::string text = R"({"peers": {"n0": {"address": "a", "port": 1})";
  for (std::size_t i = 1; i < max_peers; ++i) text += ",\"n" + std::to_string(i) + R"(": {"address": "a", "port": 1})";
  EXPECT_THAT(parse_peers(text + "}}", "f").value(), SizeIs(max_peers));
  EXPECT_EQ(error_of(text + R"(,"one more": {"address": "a", "port": 1}}})"),
            "peers.json: peers: more than 65536 entries");
}

TEST(PeersText, DeepNestingIsRefused) {
  EXPECT_EQ(error_of(std::string(max_peers_file_bytes, '[')), "peers.json: nested deeper than 16 levels");
}

TEST(PeersText, DamagedTextIsRefusedOnOneLineOrStillAList) {
  std::mt19937 random(3);
  int refused = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string text = two_nodes;
    for (int edits = 1 + static_cast<int>(random() % 3); edits > 0; --edits) {
      const std::size_t at = random() % text.size();
      if (random() % 2 == 0) {
        text[at] = static_cast<char>(random());
      } else {
        text.erase(at, 1 + random() % 20);
      }
    }
    const auto peers = parse_peers(text, "peers.json");
    if (peers) continue;
    ++refused;
    ASSERT_THAT(peers.error(), StartsWith("peers.json: "));
    ASSERT_EQ(to_line(peers.error(), 400), peers.error());
  }
  EXPECT_GT(refused, 10'000);
}

TEST(PeersText, ANodeCanTakeItselfOut) {
  auto peers = parse_peers(two_nodes, "f").value();
  EXPECT_THAT(without(peers, "n3"), SizeIs(2));
  ASSERT_THAT(without(peers, "n1"), SizeIs(1));
  EXPECT_EQ(without(peers, "n1")[0].id, "n2");
}

}  // namespace
}  // namespace exocast
