// SPDX-License-Identifier: Apache-2.0
#include "node/control_commands.h"

#include <unistd.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "control/control_request.h"
#include "control/control_server.h"
#include "control/line_socket.h"
#include "exocast/gather/wait.h"
#include "node/send_pace.h"
#include "testing/control/control_fixture.h"
#include "testing/node/numbered.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;
using Json = nlohmann::ordered_json;
using testing::ElementsAre;
using testing::HasSubstr;

/// A port that accepts connections and sends nothing: a peer that hangs.
class SilentPort {
 public:
  explicit SilentPort(AsioLoop& loop) : acceptor_(loop.context(), {boost::asio::ip::make_address("127.0.0.1"), 0}) {}
  PeerAddress address() const { return {.host = "127.0.0.1", .port = acceptor_.local_endpoint().port()}; }

 private:
  boost::asio::ip::tcp::acceptor acceptor_;
};

/// A node, its control socket and clients, all in one loop.
class ControlServerTest : public testing::Test {
 protected:
  ~ControlServerTest() override { hang_up(); }

  void start(std::vector<Peer> peers = {}, ControlServerOptions options = {}, InboxLimits inbox = {}) {
    node_ = *Node::start({.id = "n1", .peers = std::move(peers), .inbox = inbox});
    auto listener = ControlListener::claim("n1");
    ASSERT_TRUE(listener) << listener.error().text;
    server_ = std::make_unique<ControlServer>(node_->loop(), control_commands(*node_), *std::move(listener), options);
  }

  void hang_up() {
    const auto inside = node_->loop().enter();
    clients_.clear();
  }

  LineSocket& connect() {
    const auto inside = node_->loop().enter();
    auto socket = connect_control(node_->loop(), server_->path());
    return *clients_.emplace_back(std::make_unique<LineSocket>(*std::move(socket), control_answer_bytes_max));
  }

  template <class T>
  T run(task<T> work) {
    return std::move(node_->loop().run(std::move(work)).value());
  }

  /// All answers to `request`, including the end; the last is null if the connection ended before.
  static task<std::vector<Json>> answers(LineSocket& client, std::string request) {
    request += '\n';
    co_await client.write(request);
    co_return co_await rest(client);
  }
  static task<std::vector<Json>> rest(LineSocket& client) {
    std::vector<Json> answers;
    do {
      answers.push_back(co_await next(client));
    } while (answers.back().contains("event"));
    co_return answers;
  }
  static task<Json> next(LineSocket& client) {
    const auto line = co_await client.read();
    co_return line && *line ? Json::parse(**line) : Json();
  }
  static task<Json> first_answer(LineSocket& client, std::string request) {
    request += '\n';
    co_await client.write(request);
    co_return co_await next(client);
  }

  RuntimeFolder runtime_;
  std::unique_ptr<Node> node_;
  std::unique_ptr<ControlServer> server_;
  std::vector<std::unique_ptr<LineSocket>> clients_;
};

TEST_F(ControlServerTest, TellsWhoItIs) {
  start();
  const auto answers = run(this->answers(connect(), encode(InfoRequest())));
  EXPECT_EQ(
      answers,
      std::vector<Json>({{{"end", true}, {"id", "n1"}, {"address", nullptr}, {"native", nullptr}, {"pid", getpid()}}}));
}

TEST_F(ControlServerTest, TellsItsPeersInTheOrderOfItsRoster) {
  start({{"b", {"127.0.0.1", 1}, {}}, {"a", {"::1", 2}, {}}});
  const auto answers = run(this->answers(connect(), encode(PeersRequest())));
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0], Json({{"event", "peer"},
                              {"id", "b"},
                              {"address", "127.0.0.1:1"},
                              {"link", "exo"},
                              {"state", "unknown"},
                              {"since_s", nullptr},
                              {"source", "file"}}));
  EXPECT_EQ(answers[1]["address"], "[::1]:2");
  EXPECT_EQ(answers[2], Json({{"end", true}, {"peers", 2}}));
}

TEST_F(ControlServerTest, ARequestForPeersThatIsCancelledHasAnEndAllTheSame) {
  start({{"b", {"127.0.0.1", 1}, {}}, {"a", {"127.0.0.1", 2}, {}}});
  LineSocket& client = connect();
  const auto answers = run(this->answers(client, encode(PeersRequest()) + '\n' + encode(CancelRequest())));
  ASSERT_FALSE(answers.back().is_null());
  EXPECT_EQ(answers.back()["peers"], 2);
}

TEST_F(ControlServerTest, AWrongRequestIsAnsweredAndTheConnectionGoesOn) {
  start();
  LineSocket& client = connect();
  for (const char* wrong : {"", "{", R"({"v":1,"do":"frobnicate"})", R"({"v":9,"do":"info"})"}) {
    EXPECT_THAT(run(answers(client, wrong)).back()["error"].get<std::string>(), HasSubstr("request: ")) << wrong;
  }
  EXPECT_EQ(run(answers(client, encode(InfoRequest()))).back()["id"], "n1");
}

TEST_F(ControlServerTest, ATooLongRequestEndsTheConnection) {
  start();
  LineSocket& client = connect();
  const auto refused = run(answers(client, std::string(control_request_bytes_max + 1, 'x')));
  EXPECT_THAT(refused.back()["error"].get<std::string>(), HasSubstr("longer than 1048576 bytes"));
  EXPECT_TRUE(run(next(client)).is_null());
}

TEST_F(ControlServerTest, RequestsThatComeAtOnceAreAnsweredOneAfterAnother) {
  start({{"a", {"127.0.0.1", 1}, {}}});
  LineSocket& client = connect();
  EXPECT_EQ(run(answers(client, encode(PeersRequest()) + '\n' + encode(InfoRequest()))).back()["peers"], 1);
  EXPECT_EQ(run(rest(client)).back()["id"], "n1");
}

TEST_F(ControlServerTest, AWatcherSeesWhatComesUntilItCancels) {
  start();
  LineSocket& client = connect();
  EXPECT_EQ(run(first_answer(client, encode(WatchRequest()))), Json({{"event", "watching"}, {"id", "n1"}}));
  {
    const auto inside = node_->loop().enter();
    for (int number = 0; number < 2; ++number) ASSERT_TRUE(node_->inbox().accept(numbered(number)));
  }
  EXPECT_EQ(run(next(client)), Json({{"event", "message"}, {"kind", "status"}, {"request_id", "0"}, {"status", ""}}));
  EXPECT_EQ(run(next(client))["request_id"], "1");
  EXPECT_EQ(run(answers(client, encode(CancelRequest()))),
            std::vector<Json>({{{"end", true}, {"messages", 2}, {"missed", 0}}}));
  EXPECT_EQ(run(answers(client, encode(InfoRequest()))).back()["id"], "n1") << "the connection goes on";
}

TEST_F(ControlServerTest, AWatcherMayAskForOneRequestOnly) {
  start();
  LineSocket& client = connect();
  run(first_answer(client, encode(WatchRequest{.request_id = "1"})));
  {
    const auto inside = node_->loop().enter();
    for (int number = 0; number < 3; ++number) ASSERT_TRUE(node_->inbox().accept(numbered(number)));
  }
  EXPECT_EQ(run(next(client))["request_id"], "1");
  EXPECT_EQ(run(answers(client, encode(CancelRequest()))).back()["messages"], 1);
}

TEST_F(ControlServerTest, ASlowWatcherMissesMessagesIsToldHowManyAndRefusesNone) {
  constexpr std::size_t large = 100'000;  // a few of them fill a socket's buffer
  start({}, {}, {.queued_messages = 10});
  LineSocket& client = connect();
  run(first_answer(client, encode(WatchRequest())));
  const auto send = [&]() -> task<void> {
    for (int number = 0; number < 100; ++number) {
      EXPECT_TRUE(node_->inbox().accept(numbered(number, large))) << number;
      co_await sleep_for(Duration::zero());
    }
  };
  ASSERT_TRUE(node_->loop().run(send()).ok());
  const auto count = [&]() -> task<std::pair<std::size_t, std::size_t>> {
    std::size_t messages = 0;
    std::size_t missed = 0;
    for (;;) {
      const Json event = co_await next(client);
      if (event["event"] == "gap") missed += event["missed"].get<std::size_t>();
      messages += event["event"] == "message" ? 1 : 0;
      if (event.value("request_id", "") == "99") co_return std::pair(messages, missed);
    }
  };
  const auto [messages, missed] = run(count());
  EXPECT_EQ(messages + missed, 100U);
  EXPECT_GT(missed, 10U);
  EXPECT_EQ(node_->inbox().metrics().refused_total, 0U);
}

TEST_F(ControlServerTest, AReaderThatTakesNothingIsCut) {
  start({}, {.write_timeout = 50ms});
  run(first_answer(connect(), encode(WatchRequest())));
  EXPECT_EQ(server_->metrics().connections, 1U);
  const auto send = [&]() -> task<void> {
    while (server_->metrics().connections > 0) {
      EXPECT_TRUE(node_->inbox().accept(numbered(0, 100'000)));
      co_await sleep_for(1ms);
    }
  };
  EXPECT_TRUE(node_->loop().run(send()).ok());
  EXPECT_EQ(node_->inbox().metrics().refused_total, 0U);
}

TEST_F(ControlServerTest, ABroadcastThatIsCancelledReportsWhatWasAchieved) {
  AsioLoop other;
  const SilentPort silent(other);
  start({{"hangs", silent.address(), {}}});
  LineSocket& client = connect();
  const SendRequest send{.message = numbered(1), .timeout = 1h};
  EXPECT_EQ(run(first_answer(client, encode(send))), Json({{"event", "sending"}, {"receivers", 1}}));
  const auto answers = run(this->answers(client, encode(CancelRequest())));
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0]["event"], "outcome");
  EXPECT_EQ(answers[0]["peer"], "hangs");
  EXPECT_EQ(answers[0]["outcome"], "cancelled");
  EXPECT_EQ(answers[1]["report"]["counts"]["cancelled"], 1);
  EXPECT_FALSE(answers[1]["report"].contains("outcomes")) << "they came before";
}

TEST_F(ControlServerTest, SendsThatFollowEachOtherAreUnderWayTogetherAndAnsweredInTheirOrder) {
  AsioLoop other;
  const SilentPort silent(other);
  start({{"hangs", silent.address(), {}}});
  LineSocket& client = connect();
  const auto send = [](int number) { return encode(SendRequest{.message = numbered(number, number), .timeout = 1h}); };
  const Json sending({{"event", "sending"}, {"receivers", 1}});
  EXPECT_EQ(run(first_answer(client, send(0) + '\n' + send(1))), sending);
  EXPECT_EQ(run(next(client)), sending) << "nobody has answered the first";
  EXPECT_EQ(run(first_answer(client, send(2))), sending);
  EXPECT_EQ(node_->broadcaster().metrics().broadcasts, 3U);
  const std::string refused = encode(SendRequest{.message = numbered(3), .quorum = 2});
  const auto write = [&](std::string text) -> task<void> { co_await client.write(text); };
  EXPECT_TRUE(node_->loop().run(write(refused + '\n' + encode(CancelRequest()) + '\n' + send(4) + '\n')).ok());
  for (int number = 0; number < 3; ++number) {
    const auto answers = run(rest(client));
    ASSERT_EQ(answers.size(), 2U);
    EXPECT_EQ(answers[0]["outcome"], "cancelled");
    EXPECT_EQ(answers[1]["report"]["message"]["bytes"], numbered(number, number).bytes());
  }
  EXPECT_EQ(run(next(client))["error"], "--quorum: 2 is more than the 1 peers there are");
  EXPECT_EQ(run(next(client)), sending) << "the cancellation was of those before it";
  EXPECT_EQ(run(answers(client, encode(CancelRequest()))).back()["report"]["counts"]["cancelled"], 1);
  EXPECT_EQ(run(answers(client, encode(InfoRequest()))).back()["id"], "n1") << "the connection goes on";
}

TEST_F(ControlServerTest, ACancellationIsReadBehindSendsThatThePaceHolds) {
  AsioLoop other;
  const SilentPort silent(other);
  start({{"hangs", silent.address(), {}}});
  LineSocket& client = connect();
  std::string lines;
  const std::size_t sends = SendPace::window_first + control_window;
  for (std::size_t i = 0; i < sends; ++i) lines += encode(SendRequest{.message = numbered(1), .timeout = 1h}) + '\n';
  run(first_answer(client, lines + encode(CancelRequest())));
  std::size_t ends = 0;
  while (ends < sends) ends += run(next(client)).contains("end") ? 1 : 0;
  EXPECT_EQ(node_->broadcaster().metrics().broadcasts, 0U);
}

TEST_F(ControlServerTest, ABroadcastEndsWithTheConnection) {
  AsioLoop other;
  const SilentPort silent(other);
  start({{"hangs", silent.address(), {}}});
  run(first_answer(connect(), encode(SendRequest{.message = numbered(1), .timeout = 1h})));
  hang_up();
  const auto wait = [&]() -> task<void> {
    while (server_->metrics().connections > 0) co_await sleep_for(1ms);
  };
  EXPECT_TRUE(node_->loop().run(wait()).ok());
  EXPECT_EQ(node_->broadcaster().metrics().broadcasts, 0U);
}

TEST_F(ControlServerTest, WhatCannotBeSentIsAnError) {
  start();
  const auto alone = run(answers(connect(), encode(SendRequest{.message = numbered(1)})));
  EXPECT_THAT(alone.back()["error"].get<std::string>(), HasSubstr("nobody to send to: node 'n1' knows of no peers"));
}

TEST_F(ControlServerTest, AQuorumOfMoreThanThereAreIsAnError) {
  start({{"a", {"127.0.0.1", 1}, {}}});
  const auto answers = run(this->answers(connect(), encode(SendRequest{.message = numbered(1), .quorum = 2})));
  EXPECT_EQ(answers.back()["error"], "--quorum: 2 is more than the 1 peers there are");
}

TEST_F(ControlServerTest, ConnectionsAreBoundedAndOneMoreIsToldSo) {
  start({}, {.connections_max = 2});
  connect();
  EXPECT_EQ(run(answers(connect(), encode(InfoRequest()))).back()["id"], "n1");
  EXPECT_EQ(run(next(connect()))["error"], "2 connections are open, which is the most there may be");
  hang_up();
  const auto wait = [&]() -> task<void> {
    while (server_->metrics().connections > 0) co_await sleep_for(1ms);
  };
  EXPECT_TRUE(node_->loop().run(wait()).ok());
  EXPECT_EQ(run(answers(connect(), encode(InfoRequest()))).back()["id"], "n1") << "there is room again";
  EXPECT_EQ(server_->metrics().refused_total, 1U);
}

TEST_F(ControlServerTest, ItGoesInTheMiddleOfEverything) {
  AsioLoop other;
  const SilentPort silent(other);
  start({{"hangs", silent.address(), {}}});
  run(first_answer(connect(), encode(WatchRequest())));
  LineSocket& collector = connect();
  run(first_answer(collector, encode(InfoRequest()) + '\n' + encode(TopologyRequest{.timeout = 1h})));
  LineSocket& sender = connect();
  run(first_answer(sender, encode(SendRequest{.message = numbered(1), .timeout = 1h})));
  LineSocket& asker = connect();
  run(first_answer(asker, encode(AskRequest{.question = Question::health(), .timeout = 1h})));
  EXPECT_EQ(server_->metrics().connections, 4U);
  server_.reset();
  for (LineSocket* client : {&sender, &asker, &collector}) EXPECT_TRUE(run(next(*client)).is_null());
  hang_up();  // must happen before their loop is destroyed
  start();    // the same id is free again
}

}  // namespace
}  // namespace exocast
