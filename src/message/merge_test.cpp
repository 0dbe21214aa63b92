// SPDX-License-Identifier: Apache-2.0
// Merging tokens of one request into one message.
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "exocast/message.h"
#include "message/proto/node_service.pb.h"

namespace exocast {
namespace {

using testing::ElementsAre;

Message tokens(std::string_view request, std::vector<std::int32_t> ids, bool finished = false) {
  return Message::token_result(request, ids, finished).value();
}

Message with_tensor(std::string_view request) {
  node_service::SendResultRequest result;
  result.set_request_id(request.data(), request.size());
  result.mutable_tensor()->set_tensor_data("abcd");
  return Message::from_request(std::move(result)).value();
}

TEST(MergedMessage, SaysWhatItsPartsSayOneAfterAnother) {
  const std::vector<Message> parts{tokens("r", {1, 2}), tokens("r", {}), tokens("r", {-3}, true)};
  const std::vector<const Message*> pointers{&parts[0], &parts[1], &parts[2]};
  const Message merged = Message::merge(pointers);
  EXPECT_EQ(merged.request_id(), "r");
  EXPECT_THAT(merged.tokens(), ElementsAre(1, 2, -3));
  EXPECT_TRUE(merged.finished());
  EXPECT_EQ(merged.encoded(), tokens("r", {1, 2, -3}, true).encoded());
  EXPECT_EQ(merged.bytes(), merged.encoded().size());
}

TEST(MergedMessage, OfOneIsThatOne) {
  const Message one = tokens("r", {1});
  const Message* const alone = &one;
  EXPECT_EQ(Message::merge({&alone, 1}).owner(), one.owner());
}

TEST(MergedMessage, OnlyTokensOfOneRequestThatGoesOnAreMergeable) {
  const Message first = tokens("r", {1});
  EXPECT_TRUE(first.mergeable(tokens("r", {2})));
  EXPECT_TRUE(first.mergeable(tokens("r", {2}, true)));
  EXPECT_FALSE(tokens("r", {1}, true).mergeable(first)) << "nothing comes after the last";
  EXPECT_FALSE(first.mergeable(tokens("other", {2})));
  EXPECT_FALSE(first.mergeable(with_tensor("r")));
  EXPECT_FALSE(with_tensor("r").mergeable(first));
  const Message status = Message::opaque_status("r", "{}").value();
  EXPECT_FALSE(first.mergeable(status));
  EXPECT_FALSE(status.mergeable(first));
  EXPECT_FALSE(status.mergeable(status));
}

}  // namespace
}  // namespace exocast
