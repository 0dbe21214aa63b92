// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/local_node.h"

#include <utility>

#include <boost/asio/error.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "control/control_path.h"
#include "exocast/gather/gather.h"
#include "report/fold_names.h"
#include "tools/cli/terminal.h"

namespace exocast {
namespace {

/// A running node, with a connection to it.
struct Living {
  std::string id;
  LocalStream::socket socket;
};

std::expected<std::vector<Living>, std::string> living_nodes(AsioLoop& loop) {
  auto ids = control_ids();
  if (!ids) return std::unexpected(std::move(ids.error()));
  std::vector<Living> living;
  living.reserve(ids->size());
  for (std::string& id : *ids) {
    const auto path = control_path(id);
    if (!path) continue;
    if (auto socket = connect_control(loop, *path)) living.push_back({std::move(id), *std::move(socket)});
  }
  return living;
}

std::string none(std::string_view or_else) {
  return fmt::format("no node of yours runs here: start one with 'exocast node'{}{}", or_else.empty() ? "" : ", or ",
                     or_else);
}

std::string names_of(const std::vector<Living>& nodes) {
  std::vector<std::string> names;
  names.reserve(nodes.size());
  for (const Living& node : nodes) names.push_back(node.id);
  return fold_names(names);
}

}  // namespace

std::expected<LocalNode, std::string> LocalNode::find(AsioLoop& loop, const std::optional<std::string>& id,
                                                      std::string_view or_else) {
  auto living = living_nodes(loop);
  if (!living) return std::unexpected(std::move(living.error()));
  if (living->empty() && !id) return std::unexpected(none(or_else));
  auto chosen = living->begin();
  while (id && chosen != living->end() && chosen->id != *id) ++chosen;
  if (chosen == living->end()) {
    return std::unexpected(fmt::format("--node: no node '{}' of yours runs here{}{}", to_line(*id),
                                       living->empty() ? "" : "; what runs: ", names_of(*living)));
  }
  if (!id && living->size() > 1) {
    complain(fmt::format("of the nodes {} that run here, {} is asked; --node ID chooses another", names_of(*living),
                         chosen->id));
  }
  return LocalNode(std::move(chosen->id), std::move(chosen->socket));
}

LocalNode::LocalNode(std::string id, LocalStream::socket socket)
    : id_(std::move(id)), socket_(std::make_unique<LineSocket>(std::move(socket), control_answer_bytes_max)) {}

std::unexpected<std::string> LocalNode::lose(std::string why) {
  lost_ = true;
  return std::unexpected(std::move(why));
}
std::unexpected<std::string> LocalNode::ended() { return lose(fmt::format("node '{}' has ended", to_line(id_))); }
std::unexpected<std::string> LocalNode::silent() {
  return lose(fmt::format("node '{}' does not answer", to_line(id_)));
}

task<std::expected<void, std::string>> LocalNode::ask(std::string encoded, Deadline deadline) {
  const std::string line = std::move(encoded) + '\n';
  if (line.size() > control_request_bytes_max) {
    co_return std::unexpected(
        fmt::format("a message that takes {} bytes as a request is too large for the local node, which takes {}: name "
                    "the peers with --peers FILE or --peer ID=HOST:PORT",
                    line.size(), control_request_bytes_max));
  }
  const auto written = co_await with_deadline(socket_->write(line), deadline);
  if (written.reason() == Reason::timed_out) co_return silent();
  if (!written) co_return ended();
  co_return {};
}

task<LocalNode::Next> LocalNode::next(Deadline deadline, StopSource* stop) {
  auto line = co_await with_deadline(socket_->read(), deadline, stop);
  if (line.reason() == Reason::timed_out) co_return silent();
  if (const std::string* error = line.error()) co_return lose(fmt::format("node '{}': {}", to_line(id_), *error));
  if (!line.ok()) co_return std::nullopt;
  if (!*line) co_return ended();
  co_return understood(**std::move(line));
}

LocalNode::Next LocalNode::understood(std::string line) {
  Answer answer{.line = std::move(line), .json = nullptr};
  answer.json = nlohmann::ordered_json::parse(answer.line, nullptr, false);
  if (!answer.json.is_object()) return lose(fmt::format("node '{}' answers no JSON", to_line(id_)));
  answer.last = answer.json.contains("end");
  const bool refused = !answer.last && !answer.json.contains("event");
  if (refused) return std::unexpected(to_line(answer.json.value("error", "it refuses without a reason"), 400));
  return answer;
}

task<std::expected<LocalNode::Rows, std::string>> LocalNode::collect(ControlRequest request, std::string_view row,
                                                                     Duration timeout, StopSource* interrupted,
                                                                     ProgressLine* progress) {
  const Scheduler& scheduler = *(co_await this_context()).scheduler;
  if (auto asked = co_await ask(request); !asked) co_return std::unexpected(std::move(asked.error()));
  const Deadline deadline = Deadline::after(scheduler.now(), timeout);
  const Deadline answered = Deadline::after(scheduler.now(), timeout + patience);
  Rows collected;
  for (;;) {
    auto answer = co_await next(answered, interrupted);
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    if (!*answer) {
      if (auto asked = co_await ask(CancelRequest()); !asked) co_return std::unexpected(std::move(asked.error()));
      interrupted = nullptr;
      continue;
    }
    nlohmann::ordered_json& json = (*answer)->json;
    if ((*answer)->last) {
      collected.end = std::move(json);
      co_return collected;
    }
    if (progress != nullptr && json.contains("receivers")) {
      progress->begin(json.value("receivers", std::size_t{0}), scheduler.now(), deadline);
    }
    if (progress != nullptr && json.contains("settled")) progress->settled(json.value("settled", std::size_t{0}));
    if (row.empty() || json.value("event", "") == row) collected.rows.push_back(std::move(json));
  }
}

}  // namespace exocast
