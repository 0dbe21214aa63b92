// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/send/outlet.h"

#include <unistd.h>

#include <utility>

#include <fmt/format.h>

#include "report/report_json.h"
#include "tools/cli/terminal.h"
#include "tools/exocast/local/local_rows.h"

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
  auto answer = co_await collect_rows(node_, request, "outcome", options_.timeout, interrupted, progress);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  auto report = report_from_json(answer->end.value("report", nlohmann::ordered_json()), answer->rows);
  if (!report) co_return std::unexpected(fmt::format("node '{}' sent an invalid report", node_.id()));
  co_return *std::move(report);
}

}  // namespace exocast
