// SPDX-License-Identifier: Apache-2.0
#include "exocast/message.h"

#include <sys/mman.h>
#include <unistd.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "message/proto/native.pb.h"
#include "message/proto/node_service.pb.h"

namespace exocast {
namespace {

using node_service::SendOpaqueStatusRequest;
using node_service::SendResultRequest;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

constexpr std::size_t gib = 1'073'741'824;

Message tokens(std::vector<std::int32_t> ids, bool finished = false) {
  return Message::token_result("req-1", ids, finished).value();
}

std::string status_error(std::string_view text, std::string_view request_id = "") {
  const auto message = Message::opaque_status(request_id, text);
  return message ? "accepted" : message.error();
}

/// Readable memory of any size that needs almost no RAM: one small file mapped repeatedly.
class WideMemory {
 public:
  WideMemory(std::size_t bytes, unsigned char fill) : bytes_(bytes), file_(memfd_create("wide", 0)) {
    const std::vector<unsigned char> tile(tile_bytes, fill);
    start_ = mmap(nullptr, bytes_, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    bool mapped = start_ != MAP_FAILED && write(file_, tile.data(), tile.size()) == ssize_t{tile_bytes};
    for (std::size_t at = 0; mapped && at < bytes_; at += tile_bytes) {
      mapped = mmap(data() + at, tile_bytes, PROT_READ, MAP_SHARED | MAP_FIXED, file_, 0) != MAP_FAILED;
    }
    if (!mapped) throw std::runtime_error("no address space for the test");
  }
  WideMemory(const WideMemory&) = delete;
  WideMemory& operator=(const WideMemory&) = delete;
  ~WideMemory() {
    munmap(start_, bytes_);
    close(file_);
  }
  char* data() const { return static_cast<char*>(start_); }
  template <class T>
  const T* as() const {
    return static_cast<const T*>(start_);
  }

 private:
  static constexpr int tile_bytes = 16 * 1024 * 1024;
  std::size_t bytes_;
  int file_;
  void* start_ = nullptr;
};

TEST(Message, TokensBecomeASendResult) {
  const Message message = tokens({1, -2, std::numeric_limits<std::int32_t>::max()}, true);
  EXPECT_EQ(message.kind(), MessageKind::tokens);
  EXPECT_EQ(message.request_id(), "req-1");
  EXPECT_THAT(message.tokens(), ElementsAre(1, -2, 2147483647));
  EXPECT_TRUE(message.finished());
  EXPECT_FALSE(message.tensor());
  EXPECT_EQ(message.status(), "");

  SendResultRequest request;
  ASSERT_TRUE(request.ParseFromString(std::string(message.encoded())));
  EXPECT_EQ(request.request_id(), "req-1");
  EXPECT_THAT(request.result(), ElementsAre(1, -2, 2147483647));
  EXPECT_TRUE(request.is_finished());
  EXPECT_FALSE(request.has_tensor());
}

TEST(Message, AStatusBecomesASendOpaqueStatusByteForByte) {
  const std::string text = "{ \"b\": 1.50,\n \"a\": 12345678901234567890123 }";
  const auto message = Message::opaque_status("", text);
  ASSERT_TRUE(message) << message.error();
  EXPECT_EQ(message->kind(), MessageKind::status);
  EXPECT_EQ(message->status(), text);
  EXPECT_THAT(message->tokens(), IsEmpty());
  EXPECT_FALSE(message->finished());

  SendOpaqueStatusRequest request;
  ASSERT_TRUE(request.ParseFromString(std::string(message->encoded())));
  EXPECT_EQ(request.request_id(), "");
  EXPECT_EQ(request.status(), text);
}

TEST(Message, DataIsAnyBytesUnderATopic) {
  const std::string bytes("\xff\0\n", 3);
  const Message message = Message::data("weights/☃", bytes).value();
  EXPECT_EQ(message.kind(), MessageKind::data);
  EXPECT_EQ(message.topic(), "weights/☃");
  EXPECT_EQ(message.payload(), bytes);
  EXPECT_EQ(message.request_id(), "");
  EXPECT_EQ(message.status(), "");
  EXPECT_THAT(message.tokens(), IsEmpty());
  EXPECT_FALSE(message.finished());
  EXPECT_FALSE(message.mergeable(message));

  wire::Data data;
  ASSERT_TRUE(data.ParseFromString(std::string(message.encoded())));
  EXPECT_EQ(data.topic(), "weights/☃");
  EXPECT_EQ(data.payload(), bytes);
  EXPECT_EQ(data.SerializeAsString(), message.encoded()) << "the very bytes that protobuf writes";
}

TEST(Message, DataMayBeEmptyAndOthersHaveNoTopic) {
  const Message nothing = Message::data("", "").value();
  EXPECT_EQ(nothing.kind(), MessageKind::data);
  EXPECT_EQ(nothing.bytes(), 0U);
  const Message status = Message::opaque_status("r", "{}").value();
  EXPECT_EQ(status.topic(), "");
  EXPECT_EQ(status.payload(), "");
}

TEST(Message, ATopicIsUtf8OfUpTo256Bytes) {
  EXPECT_TRUE(Message::data(std::string(256, 'x'), ""));
  EXPECT_EQ(Message::data(std::string(257, 'x'), "").error(), "the topic has 257 bytes, 256 at most");
  EXPECT_EQ(Message::data("\xFF", "").error(), "the topic is not UTF-8");
}

TEST(Message, OfAContentItTakesItOverAndIsTheSameAsACopy) {
  for (const std::size_t bytes : {0UL, 1UL, 4096UL, 5000UL, 100'000UL}) {
    const std::string text(bytes, 'x');
    const std::string json = '"' + text + '"';
    EXPECT_EQ(Message::of_content(MessageKind::data, "t", text)->encoded(), Message::data("t", text)->encoded());
    EXPECT_EQ(Message::of_content(MessageKind::status, "r", json)->encoded(),
              Message::opaque_status("r", json)->encoded());
    const Message no_id = *Message::of_content(MessageKind::status, "", json);
    EXPECT_EQ(no_id.encoded(), Message::opaque_status("", json)->encoded());
    EXPECT_EQ(no_id.status(), json);
  }
  for (const MessageKind kind : {MessageKind::data, MessageKind::status}) {
    std::string content = '"' + std::string(100'000, 'x') + '"';
    content.reserve(content.size() + 1 + Message::head_bytes_max);
    const char* const memory = content.data();
    EXPECT_EQ(Message::of_content(kind, "t", std::move(content))->encoded().data(), memory);
  }
}

TEST(Message, OfABadContentItSaysWhyAsACopyDoes) {
  const std::string large(100'000, ' ');
  for (const auto& [id, text] : std::vector<std::pair<std::string, std::string>>{
           {"r", large + "x"}, {"r", large + "\xff"}, {"\xff", large + "1"}, {std::string(257, 't'), large}}) {
    for (const MessageKind kind : {MessageKind::data, MessageKind::status}) {
      const auto taken = Message::of_content(kind, id, text);
      const auto copied = kind == MessageKind::data ? Message::data(id, text) : Message::opaque_status(id, text);
      EXPECT_EQ(taken ? "" : taken.error(), copied ? "" : copied.error());
    }
  }
}

TEST(Message, DataOverTheLimitIsRefusedUnread) {
  const WideMemory memory(4 * gib, 'x');
  EXPECT_THAT(Message::data("", {memory.data(), 4 * gib}).error(), HasSubstr("over the limit"));
}

TEST(MessageKind, EachHasANameByWhichItIsFound) {
  for (const MessageKind kind : {MessageKind::tokens, MessageKind::status, MessageKind::data}) {
    EXPECT_EQ(message_kind_of(to_string(kind)), kind);
  }
  EXPECT_EQ(message_kind_of("tensor"), std::nullopt);
}

TEST(Message, BytesIsTheSizeOfTheEncodedRequest) {
  for (const Message& message : {tokens({}), tokens({-1, 0, 300}), Message::opaque_status("r", "[1,2]").value(),
                                 Message::token_result("", {}, false).value()}) {
    EXPECT_EQ(message.bytes(), message.encoded().size());
  }
}

TEST(Message, AllCopiesAndCallsShareOneEncoding) {
  const Message original = tokens({1, 2, 3});
  Message copy = tokens({});
  copy = original;
  EXPECT_EQ(original.encoded().data(), copy.encoded().data());
  EXPECT_EQ(original.tokens().data(), copy.tokens().data());
}

TEST(Message, ItsOwnerKeepsTheViewsAlive) {
  std::string_view encoded;
  std::shared_ptr<const void> owner;
  {
    const Message message = tokens(std::vector<std::int32_t>(1000, 7));
    encoded = message.encoded();
    owner = message.owner();
  }
  SendResultRequest request;
  ASSERT_TRUE(request.ParseFromString(std::string(encoded)));
  EXPECT_EQ(request.result_size(), 1000);
}

TEST(Message, AStatusThatIsNotJsonIsRefusedWithTheReason) {
  EXPECT_THAT(status_error("hello"), StartsWith("the status is not acceptable JSON: line 1, column 1: "));
  EXPECT_THAT(status_error(""), HasSubstr("line 1, column 1"));
  EXPECT_THAT(status_error("{\"a\": NaN}"), HasSubstr("line 1, column 7"));
  EXPECT_THAT(status_error("\"\xFF\""), HasSubstr("UTF-8"));
  EXPECT_THAT(status_error(std::string(100'000, '[')), HasSubstr("nested deeper than 512 levels"));
  EXPECT_THAT(status_error(std::string("{}\0{}", 5)), HasSubstr("byte 3 is zero"));
}

TEST(Message, ARequestIdMustBeUtf8BecauseNoReceiverWouldParseIt) {
  EXPECT_EQ(status_error("{}", "\xC3"), "the request id is not UTF-8");
  EXPECT_EQ(Message::token_result("\xFF", {}, false).error(), "the request id is not UTF-8");
}

TEST(Message, AFourGibibyteStatusIsRefusedUnread) {
  const WideMemory memory(4 * gib, 'x');
  EXPECT_EQ(status_error({memory.data(), 4 * gib}),
            "a message of 4294967296 bytes is over the limit of 2147483647 bytes (2 GiB - 1)");
  EXPECT_THAT(status_error("{}", {memory.data(), 4 * gib}), HasSubstr("over the limit"));
}

TEST(Message, MoreTokensThanProtobufCanCountAreRefusedUnread) {
  const WideMemory memory(9 * gib, 0);
  const auto message = Message::token_result("r", {memory.as<std::int32_t>(), 2 * gib}, false);
  ASSERT_FALSE(message);
  EXPECT_THAT(message.error(), StartsWith("a message of 2147483649 bytes is over the limit"));
}

TEST(Message, TokensWhoseEncodingIsOverTheLimitAreRefusedWithoutACopy) {
  const std::size_t count = 215'000'000;  // -1 takes 10 bytes
  const WideMemory memory(count * sizeof(std::int32_t) / 16'777'216 * 16'777'216 + 16'777'216, 0xFF);
  const auto message = Message::token_result("r", {memory.as<std::int32_t>(), count}, false);
  ASSERT_FALSE(message);
  EXPECT_THAT(message.error(), StartsWith("a message of 2150000001 bytes is over the limit"));
}

TEST(ReceivedMessage, IsTheMessageThatWasSent) {
  const Message sent = tokens({5, 6}, true);
  SendResultRequest request;
  ASSERT_TRUE(request.ParseFromString(std::string(sent.encoded())));
  const auto received = Message::from_request(request);
  ASSERT_TRUE(received) << received.error();
  EXPECT_THAT(received->tokens(), ElementsAre(5, 6));
  EXPECT_EQ(received->encoded(), sent.encoded());
}

TEST(ReceivedMessage, ATensorWithDataReplacesTheTokens) {
  SendResultRequest request;
  request.set_request_id("r");
  request.add_result(1);
  request.mutable_tensor()->set_tensor_data("12345678");
  request.mutable_tensor()->set_dtype("float32");
  request.mutable_tensor()->add_shape(1);
  request.mutable_tensor()->add_shape(2);
  const Message message = Message::from_request(request).value();
  EXPECT_EQ(message.kind(), MessageKind::tokens);
  EXPECT_THAT(message.tokens(), IsEmpty());
  const TensorView tensor = message.tensor().value_or(TensorView{});
  EXPECT_EQ(tensor.data, "12345678");
  EXPECT_EQ(tensor.dtype, "float32");
  EXPECT_THAT(tensor.shape, ElementsAre(1, 2));
}

TEST(ReceivedMessage, AnEmptyTensorLeavesTheTokens) {
  SendResultRequest request;
  request.add_result(1);
  request.mutable_tensor()->set_dtype("float32");
  const Message message = Message::from_request(request).value();
  EXPECT_THAT(message.tokens(), ElementsAre(1));
  EXPECT_FALSE(message.tensor());
}

TEST(ReceivedMessage, IsCheckedAsIfItWereOurs) {
  SendOpaqueStatusRequest status;
  status.set_status("{} trailing");
  EXPECT_THAT(Message::from_request(status).error(), HasSubstr("line 1, column 6"));
  SendResultRequest result;
  result.set_request_id("\xFF");
  EXPECT_FALSE(Message::from_request(result));
}

TEST(MessageLine, ReportsTokens) {
  EXPECT_EQ(to_json_line(tokens({1, -2}, true)),
            R"({"event":"message","kind":"tokens","request_id":"req-1","tokens":[1,-2],"finished":true})");
  EXPECT_EQ(to_json_line(tokens({})),
            R"({"event":"message","kind":"tokens","request_id":"req-1","tokens":[],"finished":false})");
}

TEST(MessageLine, ReportsATensorByItsShape) {
  SendResultRequest request;
  request.mutable_tensor()->set_tensor_data("1234");
  request.mutable_tensor()->set_dtype("a\"b");
  request.mutable_tensor()->add_shape(-1);
  EXPECT_EQ(to_json_line(Message::from_request(request).value()),
            R"({"event":"message","kind":"tokens","request_id":"","tokens":[],)"
            R"("tensor":{"dtype":"a\"b","shape":[-1],"bytes":4},"finished":false})");
}

TEST(MessageLine, ReportsAStatusAsItWasWritten) {
  const auto message = Message::opaque_status("r", "{\n \"type\": \"node status\", \"x\": 1.50 }\n").value();
  EXPECT_EQ(to_json_line(message),
            R"({"event":"message","kind":"status","request_id":"r","status":{"type":"node status","x":1.50}})");
}

TEST(MessageLine, ReportsDataAsTextOrInBase64) {
  EXPECT_EQ(to_json_line(Message::data("news", "tätä\n").value()),
            R"({"event":"message","kind":"data","topic":"news","text":"tätä\n"})");
  EXPECT_EQ(to_json_line(Message::data("", "").value()), R"({"event":"message","kind":"data","topic":"","text":""})");
  EXPECT_EQ(to_json_line(Message::data("\"", "\xff\xfe").value()),
            R"({"event":"message","kind":"data","topic":"\"","base64":"//4="})");
}

TEST(MessageLine, IsOneLineOfJsonWhateverAPeerSends) {
  for (const char* id : {"a\nb", "\"},{\"event\":\"forged\"", "\\", "\x01"}) {
    const auto line = to_json_line(Message::opaque_status(id, "[\r\n\"\\n\\\"\"\t]").value());
    EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos);
    const auto json = nlohmann::json::parse(line);
    EXPECT_EQ(json.at("request_id"), id);
    EXPECT_EQ(json.at("status"), nlohmann::json::parse(R"(["\n\""])"));
    EXPECT_EQ(json.size(), 4U);
  }
}

}  // namespace
}  // namespace exocast
