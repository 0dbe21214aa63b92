// SPDX-License-Identifier: Apache-2.0
#include "link/exo/decode.h"

#include <zlib.h>

#include <algorithm>
#include <string>
#include <vector>

#include <grpcpp/support/proto_buffer_reader.h>

namespace exocast {
namespace {

/// gzip's first byte. No protobuf message begins with it: it would be a field of wire type 7, which does not exist.
constexpr std::uint8_t gzip_byte = 0x1f;

/// Inflates slice by slice into a string that grows as needed, up to `bytes_max`.
class Gunzip {
 public:
  explicit Gunzip(std::size_t bytes_max) : bytes_max_(bytes_max) {
    constexpr int gzip_only = 16 + MAX_WBITS;
    code_ = inflateInit2(&stream_, gzip_only);
  }
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;
  ~Gunzip() { inflateEnd(&stream_); }

  Decoded add(const grpc::Slice& slice) {
    stream_.next_in = const_cast<Bytef*>(slice.begin());
    stream_.avail_in = static_cast<uInt>(slice.size());
    while (stream_.avail_in > 0 || more_out_) {
      if (code_ != Z_OK) return Decoded::malformed;  // or bytes after the end
      if (out_.size() == unpacked_ && !grow()) return Decoded::too_large;
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data() + unpacked_);
      stream_.avail_out = static_cast<uInt>(out_.size() - unpacked_);
      code_ = inflate(&stream_, Z_NO_FLUSH);
      if (code_ == Z_BUF_ERROR) code_ = Z_OK;  // there was no more output
      more_out_ = code_ == Z_OK && stream_.avail_out == 0;
      unpacked_ = out_.size() - stream_.avail_out;
    }
    return Decoded::ok;
  }

  /// Call it after the last slice.
  Decoded end() {
    out_.resize(std::min(unpacked_, bytes_max_));
    if (unpacked_ > bytes_max_) return Decoded::too_large;
    return code_ == Z_STREAM_END ? Decoded::ok : Decoded::malformed;
  }
  const std::string& text() const { return out_; }

 private:
  /// One byte over the limit is enough to detect a longer message.
  bool grow() {
    if (out_.size() > bytes_max_) return false;
    constexpr std::size_t bytes_min = 4096;
    out_.resize(std::min(std::max(bytes_min, out_.size() * 2), bytes_max_ + 1));
    return true;
  }

  std::size_t bytes_max_;
  z_stream stream_{};
  int code_ = Z_OK;
  std::string out_;
  std::size_t unpacked_ = 0;  // of out_
  bool more_out_ = false;     // zlib may hold more output than there was room for
};

bool is_gzip(grpc::ByteBuffer& bytes) {
  grpc::ProtoBufferReader reader(&bytes);
  const void* data = nullptr;
  int size = 0;
  while (reader.Next(&data, &size)) {
    if (size > 0) return *static_cast<const std::uint8_t*>(data) == gzip_byte;
  }
  return false;
}

Decoded decode_gzip(const grpc::ByteBuffer& bytes, std::size_t bytes_max, google::protobuf::MessageLite& message) {
  std::vector<grpc::Slice> slices;
  if (!bytes.Dump(&slices).ok()) return Decoded::malformed;
  Gunzip gunzip(bytes_max);
  for (const grpc::Slice& slice : slices) {
    if (const Decoded added = gunzip.add(slice); added != Decoded::ok) return added;
  }
  if (const Decoded ended = gunzip.end(); ended != Decoded::ok) return ended;
  return message.ParseFromString(gunzip.text()) ? Decoded::ok : Decoded::malformed;
}

}  // namespace

Decoded decode(grpc::ByteBuffer& bytes, std::size_t bytes_max, google::protobuf::MessageLite& message) {
  Decoded decoded = Decoded::malformed;
  if (is_gzip(bytes)) {
    decoded = decode_gzip(bytes, bytes_max, message);
  } else if (bytes.Length() > bytes_max) {
    decoded = Decoded::too_large;
  } else {
    grpc::ProtoBufferReader reader(&bytes);
    if (reader.status().ok() && message.ParseFromZeroCopyStream(&reader)) decoded = Decoded::ok;
  }
  bytes.Clear();
  return decoded;
}

}  // namespace exocast
