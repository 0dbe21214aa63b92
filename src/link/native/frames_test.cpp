// SPDX-License-Identifier: Apache-2.0
// Our frames are read by protobuf, and protobuf's by us.
#include "link/native/frames.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "link/native/item.h"
#include "message/proto/native.pb.h"

namespace exocast::native {
namespace {

/// The content of a frame as protobuf reads it, after a check of the length.
wire::Frame parsed(std::string_view frame) {
  wire::Frame content;
  EXPECT_GE(frame.size(), length_bytes);
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length = length << 8U | static_cast<unsigned char>(frame[i]);
  EXPECT_EQ(length, frame.size() - length_bytes);
  EXPECT_TRUE(content.ParseFromArray(frame.data() + length_bytes, static_cast<int>(frame.size() - length_bytes)));
  EXPECT_EQ(content.SerializeAsString(), frame.substr(length_bytes)) << "the very bytes that protobuf writes";
  return content;
}

template <class Value>
Value read_as(const std::string& frame) {
  auto read = read_frame(bytes_of(std::string_view(frame).substr(length_bytes)));
  EXPECT_TRUE(read) << read.error();
  return std::get<Value>(*std::move(read));
}

std::expected<AnyFrame, std::string_view> read_content(const wire::Frame& content) {
  const std::string text = content.SerializeAsString();
  return read_frame(bytes_of(text));
}

std::string batch_of(std::span<const Message> messages, std::uint64_t first, std::uint64_t settled) {
  BatchLayout layout(first, settled);
  for (const Message& message : messages) layout.add(item_head_bytes(message.bytes()) + message.bytes());
  std::string frame(layout.frame_bytes(), '\0');
  FieldWriter writer(reinterpret_cast<std::byte*>(frame.data()));
  layout.write_head(writer);
  for (const Message& message : messages) {
    write_item_head(writer, message.kind(), message.bytes());
    writer.raw(bytes_of(message.encoded()));
  }
  EXPECT_EQ(reinterpret_cast<char*>(writer.at()), frame.data() + frame.size());
  return frame;
}

TEST(Frames, AHelloIsWhatProtobufWrites) {
  const std::string frame =
      write(Hello{.session = 0x8877665544332211, .node_id = "n1", .settled = 300, .message_bytes_max = 1 << 28});
  const wire::Frame content = parsed(frame);
  EXPECT_EQ(content.hello().version(), 1U);
  EXPECT_EQ(content.hello().session(), 0x8877665544332211);
  EXPECT_EQ(content.hello().node_id(), "n1");
  EXPECT_EQ(content.hello().settled(), 300U);
  EXPECT_EQ(content.hello().message_bytes_max(), 1U << 28U);
  EXPECT_EQ(content.hello().version_max(), 3U);
  const auto read = read_as<Hello>(frame);
  EXPECT_EQ(read.version, 1U);
  EXPECT_EQ(read.session, 0x8877665544332211);
  EXPECT_EQ(read.node_id, "n1");
  EXPECT_EQ(read.settled, 300U);
  EXPECT_EQ(read.message_bytes_max, 1U << 28U);
  EXPECT_EQ(read.version_max, 3U);
}

TEST(Frames, AHelloOfVersion1NamesNoOther) {
  const std::string frame = write(Hello{.session = 1, .version_max = 0});
  EXPECT_FALSE(parsed(frame).SerializeAsString().contains('\x30'));
  EXPECT_EQ(read_as<Hello>(frame).version_max, 1U);
}

TEST(Frames, AWelcomeIsWhatProtobufWrites) {
  const std::string frame = write(Welcome{.incarnation = 9,
                                          .handled = 1'000'000'000'000,
                                          .refused = {{.number = 5, .error = Status::unknown("tätä")}},
                                          .node_id = "n2",
                                          .message_bytes_max = 7,
                                          .window_messages = 4096,
                                          .window_bytes = 65536});
  const wire::Frame content = parsed(frame);
  EXPECT_EQ(content.welcome().incarnation(), 9U);
  EXPECT_EQ(content.welcome().refused(0).text(), "tätä");
  const auto read = read_as<Welcome>(frame);
  EXPECT_EQ(read.handled, 1'000'000'000'000U);
  ASSERT_EQ(read.refused.size(), 1U);
  EXPECT_EQ(read.refused[0].number, 5U);
  EXPECT_EQ(read.refused[0].error.code, StatusCode::unknown);
  EXPECT_EQ(read.node_id, "n2");
  EXPECT_EQ(read.message_bytes_max, 7U);
  EXPECT_EQ(read.window_messages, 4096U);
  EXPECT_EQ(read.window_bytes, 65536U);
}

TEST(Frames, AnAckIsTheSameOnBothWays) {
  for (const std::uint64_t handled : {0UL, 1UL, 127UL, 128UL, 1UL << 35U, UINT64_MAX}) {
    std::byte plain[plain_ack_bytes_max];
    const std::size_t bytes = write_plain_ack(plain, handled);
    ASSERT_LE(bytes, plain_ack_bytes_max);
    EXPECT_EQ(text_of({plain, bytes}), write(Ack{.handled = handled}));
    EXPECT_EQ(parsed(text_of({plain, bytes})).ack().handled(), handled);
  }
}

TEST(Frames, AGoodbyeIsWhatProtobufWrites) {
  const std::string frame = write(Goodbye{.reason = Farewell::too_large, .text = "no"});
  EXPECT_EQ(parsed(frame).goodbye().reason(), wire::Goodbye::TOO_LARGE);
  EXPECT_EQ(read_as<Goodbye>(frame).reason, Farewell::too_large);
}

TEST(Frames, TextsAreCutBetweenCharacters) {
  std::string text;
  while (text.size() < 3 * text_bytes_max) text += "…";  // three bytes
  const auto refused =
      read_as<Ack>(write(Ack{.handled = 1, .refused = {{.number = 1, .error = Status::unknown(text)}}})).refused;
  EXPECT_EQ(refused[0].error.text, text.substr(0, text_bytes_max / 3 * 3));
}

TEST(Frames, AWholeWindowOfRefusalsFitsIntoOneFrame) {
  Welcome welcome{.incarnation = 1, .node_id = std::string(1000, 'n')};
  for (std::uint64_t number = 1; number <= window_messages_max; ++number) {
    welcome.refused.push_back(
        {.number = UINT64_MAX - number, .error = {StatusCode::failed_precondition, std::string(999, 't')}});
  }
  const std::string frame = write(welcome);
  EXPECT_LE(frame.size(), control_frame_bytes_max);
  EXPECT_EQ(read_as<Welcome>(frame).refused.size(), window_messages_max);
}

TEST(Frames, ABatchIsWhatProtobufWrites) {
  const std::vector<Message> messages{
      *Message::token_result("r", std::vector{1, -1, 70000}, true), *Message::opaque_status("", R"({"type":"x"})"),
      *Message::token_result("", {}, false), *Message::opaque_status("big", '"' + std::string(20'000, 'x') + '"'),
      *Message::data("t", std::string("\xff\0", 2))};
  const std::string frame = batch_of(messages, 1'000'000, 999'000);
  const wire::Frame content = parsed(frame);
  EXPECT_EQ(content.batch().first(), 1'000'000U);
  EXPECT_EQ(content.batch().settled(), 999'000U);
  ASSERT_EQ(content.batch().items_size(), 5);
  EXPECT_EQ(content.batch().items(4).data().topic(), "t");
  EXPECT_EQ(content.batch().items(0).result().result(2), 70000);
  EXPECT_EQ(content.batch().items(1).status().status(), R"({"type":"x"})");
  auto batch = read_as<Batch>(frame);
  EXPECT_EQ(batch.messages, 5U);
  Item item;
  for (const Message& message : messages) {
    ASSERT_TRUE(batch.next(item));
    const auto decoded = decode(item, 1 << 20);
    ASSERT_TRUE(decoded);
    EXPECT_EQ(to_json_line(*decoded), to_json_line(message));
  }
  EXPECT_FALSE(batch.next(item));
  EXPECT_LE(frame.size(), batch_overhead_max + length_bytes + 20'100);
}

TEST(Frames, ABatchSaysWhereItsMessagesAreInTheLog) {
  const std::vector<Message> messages(4, *Message::token_result("r", std::vector{1}, false));
  for (const std::vector<std::int64_t>& steps : {std::vector<std::int64_t>(), {1, 7, -5}}) {
    BatchLayout layout(3, 2, 1);
    layout.set_log(1'000'000, 999'000, steps);
    for (const Message& message : messages) layout.add(item_head_bytes(message.bytes()) + message.bytes());
    std::string frame(layout.frame_bytes(), '\0');
    FieldWriter writer(reinterpret_cast<std::byte*>(frame.data()));
    layout.write_head(writer);
    EXPECT_LE(reinterpret_cast<char*>(writer.at()), frame.data() + layout.head_bytes_max());
    for (const Message& message : messages) {
      write_item_head(writer, message.kind(), message.bytes());
      writer.raw(bytes_of(message.encoded()));
    }
    wire::Frame content;
    EXPECT_TRUE(content.ParseFromString(frame.substr(length_bytes)));
    EXPECT_EQ(content.batch().position(), 1'000'000U);
    EXPECT_EQ(content.batch().log_settled(), 999'000U);
    EXPECT_EQ(std::vector<std::int64_t>(content.batch().steps().begin(), content.batch().steps().end()), steps);
    auto batch = read_as<Batch>(frame);
    EXPECT_EQ(batch.log_settled, 999'000U);
    EXPECT_EQ(batch.missed, 1U);
    std::vector<std::uint64_t> positions;
    for (std::size_t i = 0; i < messages.size(); ++i) {
      if (i > 0) batch.step();
      positions.push_back(batch.position);
    }
    const std::vector<std::uint64_t> in_order{1'000'000, 1'000'001, 1'000'002, 1'000'003};
    const std::vector<std::uint64_t> jumping{1'000'000, 1'000'001, 1'000'008, 1'000'003};
    EXPECT_EQ(positions, steps.empty() ? in_order : jumping);
  }
}

TEST(Frames, TheLongestStepsFitIntoTheOverhead) {
  const std::vector<std::int64_t> steps(batch_messages_max - 1, INT64_MIN);
  BatchLayout layout(UINT64_MAX, UINT64_MAX, UINT64_MAX);
  layout.set_log(UINT64_MAX, UINT64_MAX, steps);
  for (std::size_t i = 0; i < batch_messages_max; ++i)
    layout.add(item_head_bytes(batch_bytes_max / batch_messages_max) + batch_bytes_max / batch_messages_max);
  EXPECT_LE(layout.frame_bytes(), batch_bytes_max + batch_overhead_max);
}

TEST(Frames, StepsThatMakeNoSenseAreRefused) {
  wire::Frame content;
  wire::Batch& batch = *content.mutable_batch();
  batch.set_first(1);
  batch.set_position(5);
  for (int i = 0; i < 3; ++i) batch.add_items()->mutable_result();
  EXPECT_TRUE(read_content(content));
  batch.add_steps(1);
  EXPECT_FALSE(read_content(content)) << "too few";
  batch.add_steps(1);
  EXPECT_TRUE(read_content(content));
  batch.add_steps(1);
  EXPECT_FALSE(read_content(content)) << "too many";
  batch.mutable_steps()->Truncate(2);
  batch.set_steps(0, -5);
  EXPECT_FALSE(read_content(content)) << "to a position that does not exist";
  batch.clear_steps();
  batch.clear_position();
  batch.set_log_settled(1);
  EXPECT_FALSE(read_content(content)) << "settled, but in no log";
}

TEST(Frames, NewsOfALogAreWhatProtobufWrites) {
  const LogNews news{.log = 0x8877665544332211,
                     .stream_class = StreamClass::bulk,
                     .after = 3,
                     .settled = 300,
                     .incomplete = {{5, 5}, {200, UINT64_MAX}}};
  const std::string frame = write(news);
  const wire::Log content = parsed(frame).log();
  EXPECT_EQ(content.log(), news.log);
  EXPECT_EQ(content.stream_class(), 3U);
  EXPECT_EQ(content.after(), 3U);
  EXPECT_EQ(content.settled(), 300U);
  EXPECT_EQ(std::vector(content.incomplete().begin(), content.incomplete().end()),
            (std::vector<std::uint64_t>{5, 5, 200, UINT64_MAX}));
  const auto read = read_as<LogNews>(frame);
  EXPECT_EQ(read.log, news.log);
  EXPECT_EQ(read.stream_class, StreamClass::bulk);
  EXPECT_EQ(read.after, 3U);
  EXPECT_EQ(read.settled, 300U);
  EXPECT_EQ(read.incomplete, news.incomplete);
}

TEST(Frames, NewsOfALogThatMakeNoSenseAreRefused) {
  const auto with = [](const auto& change) {
    wire::Frame content;
    content.mutable_log()->set_log(7);
    content.mutable_log()->set_stream_class(1);
    change(*content.mutable_log());
    return read_content(content).has_value();
  };
  EXPECT_TRUE(with([](wire::Log& /*log*/) {}));
  EXPECT_FALSE(with([](wire::Log& log) { log.clear_log(); }));
  EXPECT_FALSE(with([](wire::Log& log) { log.clear_stream_class(); }));
  EXPECT_FALSE(with([](wire::Log& log) { log.set_stream_class(4); }));
  EXPECT_FALSE(with([](wire::Log& log) { log.add_incomplete(1); })) << "half a range";
  const auto range = [&](std::uint64_t first, std::uint64_t last) {
    return with([&](wire::Log& log) {
      log.add_incomplete(first);
      log.add_incomplete(last);
    });
  };
  EXPECT_TRUE(range(1, 1));
  EXPECT_FALSE(range(0, 1));
  EXPECT_FALSE(range(2, 1));
  EXPECT_FALSE(with([](wire::Log& log) {
    for (std::uint64_t i = 1; i <= 2 * (LogProgress::ranges_max + 1); ++i) log.add_incomplete(i);
  })) << "one too many";
}

TEST(Frames, WhatMakesNoSenseIsRefused) {
  EXPECT_FALSE(read_frame({}));
  EXPECT_FALSE(read_frame(bytes_of("\x0a")));        // a tag without its value
  EXPECT_FALSE(read_frame(bytes_of("\x0a\x05zz")));  // longer than the frame
  EXPECT_FALSE(read_frame(bytes_of("\x32\x01x")));   // not a log
  EXPECT_FALSE(read_frame(bytes_of("\x3a\x01x")));   // no such kind of frame
  EXPECT_FALSE(read_frame(bytes_of("\x08\x01")));    // a number
  wire::Frame two;
  two.mutable_ack()->set_handled(1);
  const std::string twice = two.SerializeAsString() + two.SerializeAsString();
  EXPECT_FALSE(read_frame(bytes_of(twice)));
  wire::Frame batch;
  batch.mutable_batch()->set_first(1);
  EXPECT_FALSE(read_content(batch)) << "empty";
  batch.mutable_batch()->add_items();
  EXPECT_FALSE(read_content(batch)) << "an item that is nothing";
  batch.mutable_batch()->mutable_items(0)->mutable_result();
  EXPECT_TRUE(read_content(batch));
  batch.mutable_batch()->set_first(0);
  EXPECT_FALSE(read_content(batch)) << "not numbered";
  batch.mutable_batch()->set_first(1);
  for (std::size_t i = 0; i < batch_messages_max; ++i) batch.mutable_batch()->add_items()->mutable_result();
  EXPECT_FALSE(read_content(batch)) << "one too many";
}

TEST(Frames, AnItemThatIsNoMessageIsRefusedByName) {
  quiet_protobuf();
  EXPECT_EQ(decode({.request = bytes_of("\xff\xff")}, 100).error().code, StatusCode::invalid_argument);
  EXPECT_EQ(decode({.request = bytes_of("\x0a\x01\xff")}, 100).error().code,
            StatusCode::invalid_argument);  // not UTF-8
  EXPECT_EQ(decode({.kind = MessageKind::status, .request = bytes_of("\x12\x01{")}, 100).error().code,
            StatusCode::invalid_argument);
  EXPECT_EQ(decode({.kind = MessageKind::data, .request = bytes_of("\x0a\x01\xff")}, 100).error().code,
            StatusCode::invalid_argument);  // a topic that is not UTF-8
  EXPECT_EQ(decode({.request = bytes_of("0123456789")}, 9).error().code, StatusCode::resource_exhausted);
}

TEST(Frames, AnItemOfAnUnknownKindIsRefusedByItsNumberAndTheOthersAreRead) {
  const std::string frame("\x1a\x0d\x08\x01\x1a\x03\x1a\x01t\x1a\x04\x3a\x02hi", 15);  // first 1, data, kind 7
  const auto read = read_frame(bytes_of(frame));
  ASSERT_TRUE(read) << read.error();
  auto batch = std::get<Batch>(*read);
  EXPECT_EQ(batch.messages, 2U);
  Item item;
  ASSERT_TRUE(batch.next(item));
  EXPECT_EQ(item.kind, MessageKind::data);
  ASSERT_TRUE(batch.next(item));
  const auto refused = decode(item, 100);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, StatusCode::unimplemented);
  EXPECT_EQ(refused.error().text, "messages of kind 7 are not known here");
  const std::string number("\x1a\x06\x08\x01\x1a\x02\x38\x01", 8);  // kind 7, but not a message
  EXPECT_FALSE(read_frame(bytes_of(number)));
}

TEST(Frames, NoiseIsReadAsProtobufWouldOrNotAtAll) {
  quiet_protobuf();
  Random random(1);
  std::vector<std::string> frames{
      batch_of(std::vector{*Message::token_result("r", std::vector{1, 2}, true)}, 5, 4),
      write(LogNews{.log = 7, .after = 1, .settled = 300, .incomplete = {{2, 9}, {20, 20}}})};
  wire::Frame located;
  located.mutable_batch()->set_first(1);
  located.mutable_batch()->set_position(9);
  for (const std::int64_t step : {1, -3, 500}) located.mutable_batch()->add_steps(step);
  for (int item = 0; item < 4; ++item) located.mutable_batch()->add_items()->mutable_result();
  frames.push_back("0000" + located.SerializeAsString());
  for (int i = 0; i < 60'000; ++i) {
    std::string noisy = frames[static_cast<std::size_t>(i) % frames.size()].substr(length_bytes);
    for (std::uint64_t flips = 1 + random.below(3); flips > 0; --flips) {
      noisy[random.below(noisy.size())] = static_cast<char>(random());
    }
    if (random.chance(0.3)) noisy.resize(random.below(noisy.size()));
    if (auto read = read_frame(bytes_of(noisy)); read && std::holds_alternative<Batch>(*read)) {
      auto& batch = std::get<Batch>(*read);
      Item item;
      std::size_t messages = 0;
      while (batch.next(item)) {
        if (messages > 0) batch.step();
        static_cast<void>(decode(item, 1 << 20));
        ++messages;
      }
      EXPECT_EQ(messages, batch.messages);
    }
  }
}

}  // namespace
}  // namespace exocast::native
