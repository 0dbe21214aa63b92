// SPDX-License-Identifier: Apache-2.0
// What we read in place is what protobuf reads; all else is left to protobuf.
#include "message/request_fields.h"

#include <string>
#include <vector>

#include <google/protobuf/stubs/logging.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "message/fields.h"
#include "message/proto/native.pb.h"
#include "message/proto/node_service.pb.h"
#include "testing/for_each_seed.h"

namespace exocast {
namespace {

using node_service::SendOpaqueStatusRequest;
using node_service::SendResultRequest;

std::string drawn_text(Random& random) {
  static const std::vector<std::string> texts = {
      "", "r", "0123456789abcdef0123456789abcdef", "tätä", "日本語テキスト", std::string(200, 'x')};
  return texts[random.below(texts.size())];
}

std::int32_t drawn_number(Random& random) {
  switch (random.below(4)) {
    case 0:
      return static_cast<std::int32_t>(random());
    case 1:
      return -1;
    default:
      return static_cast<std::int32_t>(random.below(300));
  }
}

SendResultRequest drawn_result(Random& random) {
  SendResultRequest request;
  request.set_request_id(drawn_text(random));
  for (auto left = random.below(5); left > 0; --left) request.add_result(drawn_number(random));
  request.set_is_finished(random.chance(0.3));
  if (random.chance(0.3)) {
    if (random.chance(0.7)) request.clear_result();
    auto& tensor = *request.mutable_tensor();
    if (random.chance(0.8)) tensor.set_tensor_data(std::string("\xff\0data", 6));
    for (auto left = random.below(4); left > 0; --left) tensor.add_shape(drawn_number(random));
    if (random.chance(0.7)) tensor.set_dtype("float32");
  }
  return request;
}

SendOpaqueStatusRequest drawn_status(Random& random) {
  static const std::vector<std::string> statuses = {"{}", R"({"a":[1,2,"ä"]})", "null", "", "{", "\"\\u00e4\""};
  SendOpaqueStatusRequest request;
  request.set_request_id(drawn_text(random));
  request.set_status(statuses[random.below(statuses.size())]);
  return request;
}

/// Fields that protobuf would have written in another way, or not at all.
std::string odd_field(Random& random) {
  static const std::vector<std::string> fields = {
      std::string("\x0a\x00", 2),         // an empty request id
      std::string("\x20\x00", 2),         // finished, and zero
      "\x20\x02",                         // finished, and two
      "\x20\x81\x80\x00",                 // finished, in three bytes; cut at the zero
      "\x10\x05",                         // a token that is not packed
      std::string("\x12\x00", 2),         // no tokens
      "\x12\x05\xff\xff\xff\xff\x0f",     // -1 in five bytes
      "\x12\x02\x81\x00",                 // a longer form of 1; cut at the zero
      "\x12\x01\x80",                     // a token that does not end
      "\x0a\x01q",                        // a second request id
      "\x0a\x81\x00q",                    // cut at the zero
      "\xa2\x06\x03new",                  // an unknown field
      "\xa3\x06\xa4\x06",                 // a group
      "\x15\x01\x02\x03\x04",             // a fixed number for tokens
      std::string("\x1a\x00", 2),         // an empty tensor
      "\x1a\x05\x0a\x03yes",              // a tensor
      "\x1a\x08\x0a\x03yes\xa2\x06\x00",  // an unknown field in it; cut at the zero
      "\x1a\x07\x1a\x01\xff\x0a\x02no",   // a data type that is not UTF-8
      "\x12\x04\"\xc3\xa4\"",             // tokens, or a text
      "\x0a\x01\xff",                     // not UTF-8
  };
  return fields[random.below(fields.size())];
}

std::string harmed(std::string encoded, Random& random) {
  if (random.chance(0.3)) {
    const std::string odd = odd_field(random);
    random.chance(0.5) ? encoded += odd : encoded = odd + encoded;
  }
  if (random.chance(0.2) && !encoded.empty()) encoded.resize(random.below(encoded.size()));
  if (random.chance(0.2) && !encoded.empty()) {
    for (auto left = 1 + random.below(3); left > 0; --left) {
      encoded[random.below(encoded.size())] = static_cast<char>(random.chance(0.5) ? random() : random.below(40));
    }
  }
  return encoded;
}

void expect_same(const Message& message, const SendResultRequest& request) {
  const bool has_tensor = !request.tensor().tensor_data().empty();
  EXPECT_EQ(message.request_id(), request.request_id());
  EXPECT_EQ(message.finished(), request.is_finished());
  const std::vector<std::int32_t> tokens(request.result().begin(), request.result().end());
  EXPECT_EQ(std::vector(message.tokens().begin(), message.tokens().end()),
            has_tensor ? std::vector<std::int32_t>() : tokens);
  const auto tensor = message.tensor();
  ASSERT_EQ(tensor.has_value(), has_tensor);
  if (!tensor) return;
  EXPECT_EQ(tensor->data, request.tensor().tensor_data());
  EXPECT_EQ(tensor->dtype, request.tensor().dtype());
  EXPECT_TRUE(std::ranges::equal(tensor->shape, request.tensor().shape()));
}

void expect_same(const Message& message, const SendOpaqueStatusRequest& request) {
  EXPECT_EQ(message.request_id(), request.request_id());
  EXPECT_EQ(message.status(), request.status());
}

/// Whether it was read without protobuf.
template <class Request>
bool expect_as_protobuf(MessageKind kind, const std::string& encoded) {
  SCOPED_TRACE(testing::PrintToString(encoded));
  const auto ours = Message::from_encoded(kind, encoded);
  Request request;
  const bool parsed = request.ParseFromString(encoded);
  const auto theirs = parsed ? Message::from_request(request) : std::unexpected(std::string("unreadable"));
  EXPECT_EQ(ours.has_value(), theirs.has_value());
  auto owner = std::make_shared<const std::string>(encoded);
  const std::string_view shared = *owner;
  const auto kept = Message::from_encoded(kind, shared, std::move(owner));
  EXPECT_EQ(kept.has_value(), theirs.has_value());
  RequestFields fields;
  const bool in_place = read_request(kind, bytes_of(encoded), fields);
  EXPECT_LE(in_place, parsed);
  if (!ours || !theirs) return in_place;
  expect_same(*ours, request);
  expect_same(*kept, request);
  EXPECT_EQ(ours->encoded(), theirs->encoded());
  EXPECT_EQ(kept->encoded(), theirs->encoded());
  EXPECT_EQ(kept->encoded().data() == shared.data(), in_place) << "referred to, not copied";
  if (in_place) EXPECT_EQ(ours->encoded(), encoded);
  Request again;
  EXPECT_TRUE(again.ParseFromString(std::string(ours->encoded())));
  EXPECT_EQ(again.SerializeAsString(), ours->encoded()) << "the very bytes that protobuf writes";
  return in_place;
}

/// Whether reading it ends at a field of the wire types 3 or 4.
bool has_group(std::string_view encoded) {
  FieldReader reader(bytes_of(encoded));
  Field field;
  while (reader.next(field)) {
  }
  return !reader.ok() && (std::to_underlying(field.type) == 3 || std::to_underlying(field.type) == 4);
}

class RequestFieldsTest : public testing::Test {
 protected:
  RequestFieldsTest() { google::protobuf::SetLogHandler(nullptr); }
};

TEST_F(RequestFieldsTest, WhatOurNodesSendIsReadWithoutProtobuf) {
  for_each_seed(1, 1000, [](std::uint64_t seed) {
    Random random(seed);
    const SendResultRequest result = drawn_result(random);
    const bool usual = !result.has_tensor() || (!result.tensor().tensor_data().empty() && result.result().empty());
    EXPECT_EQ(expect_as_protobuf<SendResultRequest>(MessageKind::tokens, result.SerializeAsString()), usual);
    EXPECT_TRUE(
        expect_as_protobuf<SendOpaqueStatusRequest>(MessageKind::status, drawn_status(random).SerializeAsString()));
  });
}

TEST_F(RequestFieldsTest, AnythingIsReadAsProtobufReadsItOrRefused) {
  for_each_seed(1, 3000, [](std::uint64_t seed) {
    Random random(seed);
    expect_as_protobuf<SendResultRequest>(MessageKind::tokens,
                                          harmed(drawn_result(random).SerializeAsString(), random));
    expect_as_protobuf<SendOpaqueStatusRequest>(MessageKind::status,
                                                harmed(drawn_status(random).SerializeAsString(), random));
  });
}

TEST_F(RequestFieldsTest, EveryOddFieldIsLeftToProtobuf) {
  Random random(1);
  for (int i = 0; i < 2000; ++i) {
    const std::string odd = odd_field(random);
    expect_as_protobuf<SendResultRequest>(MessageKind::tokens, odd);
    expect_as_protobuf<SendOpaqueStatusRequest>(MessageKind::status, odd);
    expect_as_protobuf<SendResultRequest>(MessageKind::tokens, "\x0a\x01r" + odd + odd_field(random));
  }
}

TEST_F(RequestFieldsTest, DataIsReadAsProtobufReadsItOrRefused) {
  for_each_seed(1, 3000, [](std::uint64_t seed) {
    Random random(seed);
    wire::Data sent;
    sent.set_topic(drawn_text(random));
    sent.set_payload(drawn_text(random) + "\xff");
    const std::string encoded = harmed(sent.SerializeAsString(), random);
    if (has_group(encoded)) return;  // nobody writes one, and we do not read it
    SCOPED_TRACE(testing::PrintToString(encoded));
    const auto ours = Message::from_encoded(MessageKind::data, encoded);
    wire::Data theirs;
    const bool parsed = theirs.ParseFromString(encoded) && theirs.topic().size() <= Message::topic_bytes_max;
    ASSERT_EQ(ours.has_value(), parsed);
    if (!parsed) return;
    EXPECT_EQ(ours->topic(), theirs.topic());
    EXPECT_EQ(ours->payload(), theirs.payload());
    theirs.DiscardUnknownFields();
    EXPECT_EQ(ours->encoded(), theirs.SerializeAsString());
  });
}

TEST_F(RequestFieldsTest, AnUnknownFieldIsDropped) {
  const Message plain = *Message::token_result("r", std::vector{1}, true);
  const auto message = Message::from_encoded(MessageKind::tokens, std::string(plain.encoded()) + "\xa2\x06\x03new");
  ASSERT_TRUE(message);
  EXPECT_EQ(message->encoded(), plain.encoded());
}

}  // namespace
}  // namespace exocast
