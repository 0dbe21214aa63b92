// SPDX-License-Identifier: Apache-2.0
// Our side of the interop test: a server, or a client that executes the lines of its standard input.
//
//   exocast_interop_peer serve PING_INTERVAL_MS
//     prints the address, then each message as a JSON line; ends with its input
//   exocast_interop_peer call ADDRESS KEEPALIVE_MS GZIP
//     reads:  tokens ID 1,2,3 FINISHED | status JSON | bulk BYTES | health | topology | ask NAME
//     prints: "ok", "true", "false", the topology, the answer, or "CODE: text"
#include <iostream>
#include <sstream>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "exocast/gather/wait.h"
#include "link/exo/exo_client.h"
#include "link/exo/exo_server.h"

namespace exocast {
namespace {

using namespace std::chrono_literals;

class Printer final : public ExoHandler {
 public:
  task<std::expected<void, Status>> accept(Message message) override {
    if (message.request_id() == "refuse") {
      co_return std::unexpected(Status::resource_exhausted("the inbox is full"));
    }
    if (message.request_id() == "hang") co_await until_stopped();
    std::cout << to_json_line(message) << std::endl;
    co_return {};
  }
  Topology topology() override {
    return {.nodes = {{"ours", {.model = "Model", .chip = "Chip", .memory_mb = 24105, .flops = {1.5, 3, 6}}}},
            .connections = {{"ours", {{"theirs", "eth0"}, {"third", std::nullopt}}}}};
  }
  bool healthy() override { return true; }
};

int serve(Duration ping_interval) {
  AsioLoop loop;
  Printer printer;
  const ExoServerOptions options{.ping_interval_min = ping_interval};
  const auto server = ExoServer::start(loop, {.host = "127.0.0.1", .port = 0}, printer, options);
  if (!server) {
    std::cerr << server.error() << '\n';
    return 1;
  }
  std::cout << to_string((*server)->address()) << std::endl;
  std::string line;
  while (std::getline(std::cin, line)) {
  }
  return 0;
}

std::string text_of(const Topology& topology) {
  std::string text;
  for (const auto& [id, device] : topology.nodes) {
    text += fmt::format("{}={},{},{},{},{},{} ", id, device.model, device.chip, device.memory_mb,
                        device.flops.fp32_tflops, device.flops.fp16_tflops, device.flops.int8_tflops);
  }
  for (const auto& [id, connections] : topology.connections) {
    for (const auto& to : connections) text += fmt::format("{}->{}({}) ", id, to.to_id, to.description.value_or("-"));
  }
  return text;
}

template <class Result, class Show>
std::string ask(AsioLoop& loop, task<std::expected<Result, Status>> work, Show show) {
  const auto outcome = loop.run(std::move(work));
  return outcome.ok() ? show(*outcome) : fmt::format("{}: {}", to_string(outcome.error()->code), outcome.error()->text);
}

std::expected<Message, std::string> message_of(const std::string& verb, std::istream& words) {
  if (verb == "bulk") {
    std::size_t bytes = 0;
    words >> bytes;
    return Message::opaque_status("", '"' + std::string(bytes - 2, 'x') + '"');
  }
  std::string first;
  if (verb == "status") {
    std::getline(words >> std::ws, first);
    return Message::opaque_status("", first);
  }
  std::vector<std::int32_t> tokens;
  std::string list;
  bool finished = false;
  words >> first >> list >> finished;
  std::istringstream numbers(list);
  for (std::string number; std::getline(numbers, number, ',');) tokens.push_back(std::stoi(number));
  return Message::token_result(first, tokens, finished);
}

int call(const PeerAddress& address, const ExoClientOptions& options) {
  AsioLoop loop;
  ExoClient client(loop, options);
  const auto link = client.link(address);
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream words(line);
    std::string verb;
    words >> verb;
    const Deadline deadline = Deadline::after(Clock::now(), 5s);
    std::string answer;
    if (verb == "health") {
      answer =
          ask(loop, link->health(deadline), [](const Health& health) { return health.healthy ? "true" : "false"; });
    } else if (verb == "topology") {
      answer = ask(loop, link->collect_topology(deadline), text_of);
    } else if (verb == "ask") {
      std::string name;
      words >> name;
      answer = ask(loop, link->ask(*Question::make(name), deadline), [](const std::string& text) { return text; });
    } else if (const auto message = message_of(verb, words); !message) {
      answer = message.error();
    } else {
      answer = ask(loop, link->deliver(*message, deadline), [](Unit) { return "ok"; });
    }
    std::cout << answer << std::endl;
  }
  return 0;
}

}  // namespace
}  // namespace exocast

int main(int count, char** words) {
  using exocast::Duration;
  const std::vector<std::string> arguments(words + 1, words + count);
  const auto milliseconds = [](const std::string& text) -> Duration {
    return std::chrono::milliseconds(std::stoi(text));
  };
  if (arguments.size() == 2 && arguments[0] == "serve") return exocast::serve(milliseconds(arguments[1]));
  if (arguments.size() == 4 && arguments[0] == "call") {
    return exocast::call(*exocast::parse_address(arguments[1]),
                         {.keepalive_interval = milliseconds(arguments[2]), .gzip = arguments[3] == "gzip"});
  }
  std::cerr << "usage: see the top of peer.cpp\n";
  return 1;
}
