// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/local/local_rows.h"

#include <utility>

namespace exocast {

task<std::expected<LocalRows, std::string>> collect_rows(LocalNode& node, ControlRequest request, std::string_view row,
                                                         Duration timeout, StopSource& interrupted,
                                                         ProgressLine& progress) {
  const Scheduler& scheduler = *(co_await this_context()).scheduler;
  if (auto asked = co_await node.ask(request); !asked) co_return std::unexpected(std::move(asked.error()));
  const Deadline deadline = Deadline::after(scheduler.now(), timeout);
  const Deadline answered = Deadline::after(scheduler.now(), timeout + LocalNode::patience);
  LocalRows collected;
  StopSource* stop = &interrupted;
  for (;;) {
    auto answer = co_await node.next(answered, stop);
    if (!answer) co_return std::unexpected(std::move(answer.error()));
    if (!*answer) {
      if (auto asked = co_await node.ask(CancelRequest()); !asked) co_return std::unexpected(std::move(asked.error()));
      stop = nullptr;
      continue;
    }
    nlohmann::ordered_json& json = (*answer)->json;
    if ((*answer)->last) {
      collected.end = std::move(json);
      co_return collected;
    }
    if (json.contains("receivers")) progress.begin(json.value("receivers", std::size_t{0}), scheduler.now(), deadline);
    if (json.contains("settled")) progress.settled(json.value("settled", std::size_t{0}));
    if ((*answer)->event() == row) collected.rows.push_back(std::move(json));
  }
}

}  // namespace exocast
