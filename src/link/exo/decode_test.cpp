// SPDX-License-Identifier: Apache-2.0
#include "link/exo/decode.h"

#include <zlib.h>

#include <gtest/gtest.h>

#include "message/proto/node_service.pb.h"

namespace exocast {
namespace {

std::string request(std::size_t status_bytes) {
  node_service::SendOpaqueStatusRequest request;
  request.set_status(std::string(status_bytes, 'x'));
  return request.SerializeAsString();
}

std::string gzip(const std::string& plain) {
  z_stream stream{};
  deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, plain.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(plain.data()));
  stream.avail_in = static_cast<uInt>(plain.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

/// Decodes `bytes`, cut into slices of `slice_bytes`; also returns the number of status bytes.
std::pair<Decoded, std::size_t> decoded(const std::string& bytes, std::size_t bytes_max,
                                        std::size_t slice_bytes = 1000) {
  std::vector<grpc::Slice> slices(1);  // starts with an empty slice, as the network may
  for (std::size_t at = 0; at < bytes.size(); at += slice_bytes) slices.emplace_back(bytes.substr(at, slice_bytes));
  grpc::ByteBuffer buffer(slices.data(), slices.size());
  node_service::SendOpaqueStatusRequest request;
  const Decoded result = decode(buffer, bytes_max, request);
  EXPECT_FALSE(buffer.Valid()) << "cleared";
  return {result, request.status().size()};
}

TEST(Decode, ReadsPlainAndCompressedHoweverItIsCut) {
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, std::size_t{1 << 20}}) {
    for (const std::size_t slice_bytes : {std::size_t{1}, std::size_t{7}, std::size_t{1 << 21}}) {
      if (size / slice_bytes > 200'000) continue;
      EXPECT_EQ(decoded(request(size), 2 << 20, slice_bytes), std::pair(Decoded::ok, size));
      EXPECT_EQ(decoded(gzip(request(size)), 2 << 20, slice_bytes), std::pair(Decoded::ok, size));
    }
  }
}

TEST(Decode, TheLimitIsOnWhatIsUnpackedToTheByte) {
  const std::string exact = request(100'000);
  EXPECT_EQ(decoded(exact, exact.size()).first, Decoded::ok);
  EXPECT_EQ(decoded(gzip(exact), exact.size()).first, Decoded::ok);
  EXPECT_EQ(decoded(exact, exact.size() - 1).first, Decoded::too_large);
  EXPECT_EQ(decoded(gzip(exact), exact.size() - 1).first, Decoded::too_large);
}

TEST(Decode, AStrangersMebibyteDoesNotBecomeAGibibyte) {
  const std::string bomb = gzip(std::string(256 << 20, '\0'));
  ASSERT_LT(bomb.size(), 1U << 20);
  EXPECT_EQ(decoded(bomb, 1 << 20).first, Decoded::too_large);
}

TEST(Decode, WhatDoesNotUnpackIsMalformed) {
  const std::string good = gzip(request(1000));
  for (std::size_t length = 1; length < good.size(); ++length) {
    EXPECT_EQ(decoded(good.substr(0, length), 1 << 20).first, Decoded::malformed) << "cut at " << length;
  }
  std::string broken = good;
  broken[good.size() - 5] = static_cast<char>(broken[good.size() - 5] ^ 1);  // in the checksum
  EXPECT_EQ(decoded(broken, 1 << 20).first, Decoded::malformed);
  EXPECT_EQ(decoded(good + "more", 1 << 20).first, Decoded::malformed);
  EXPECT_EQ(decoded(gzip("\xff\xff no protobuf"), 1 << 20).first, Decoded::malformed);
  EXPECT_EQ(decoded("\xff\xff no protobuf", 1 << 20).first, Decoded::malformed);
}

}  // namespace
}  // namespace exocast
