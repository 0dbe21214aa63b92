// SPDX-License-Identifier: Apache-2.0
#include "exocast/app/send/outlet.h"

#include <unistd.h>

#include <utility>
#include <vector>

#include <fmt/format.h>

#include "exocast/app/cli/terminal.h"
#include "exocast/app/local/report_json.h"

namespace exocast {

task<Outlet::Sent> OwnOutlet::send(Message message, StopSource& interrupted, ProgressLine& progress) {
  const TimePoint now = node_.loop().now();
  progress.begin(options_.peers.size(), now, Deadline::after(now, options_.timeout));
  co_return co_await node_.broadcaster().broadcast(
      std::move(message), {.timeout = options_.timeout,
                           .limit = options_.limit,
                           .policy = options_.quorum ? DeliveryPolicy::quorum(*options_.quorum) : DeliveryPolicy::all(),
                           .stop = &interrupted,
                           .on_outcome = [&progress](const DeliveryProgress&) { progress.settled(); }});
}

task<Outlet::Sent> LocalOutlet::send(Message message, StopSource& interrupted, ProgressLine& progress) {
  const SendRequest request{.message = std::move(message),
                            .timeout = options_.timeout,
                            .limit = options_.limit,
                            .quorum = options_.quorum,
                            .progress = terminal_at(STDERR_FILENO).present};
  if (auto asked = co_await node_.ask(request); !asked) co_return std::unexpected(std::move(asked.error()));
  co_return co_await receive(interrupted, progress);
}

/// The answer, which the node gives by the deadline of the broadcast. What is interrupted is cancelled there.
task<Outlet::Sent> LocalOutlet::receive(StopSource& interrupted, ProgressLine& progress) {
  const Deadline deadline = Deadline::after(loop_.now(), options_.timeout);
  const Deadline answered = Deadline::after(loop_.now(), options_.timeout + LocalNode::patience);
  std::vector<nlohmann::ordered_json> rows;
  StopSource* stop = &interrupted;
  for (;;) {
    auto answer = co_await node_.next(answered, stop);
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    if (!*answer) {
      if (auto asked = co_await node_.ask(CancelRequest()); !asked) co_return std::unexpected(std::move(asked.error()));
      stop = nullptr;
      continue;
    }
    const nlohmann::ordered_json& json = (*answer)->json;
    const std::string event = (*answer)->event();
    if (event == "sending") progress.begin(json.value("receivers", std::size_t{0}), loop_.now(), deadline);
    if (event == "progress") progress.settled(json.value("settled", std::size_t{0}));
    if (event == "outcome") rows.push_back(json);
    if (!(*answer)->last) continue;
    auto report = report_from_json(json.value("report", nlohmann::ordered_json()), rows);
    if (!report) co_return std::unexpected(fmt::format("node '{}' answers what is no report", node_.id()));
    co_return *std::move(report);
  }
}

}  // namespace exocast
