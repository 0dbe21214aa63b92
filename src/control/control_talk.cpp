// SPDX-License-Identifier: Apache-2.0
#include "control/control_talk.h"

#include <ranges>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "exocast/gather/gather.h"
#include "control/control_request.h"

namespace exocast {
namespace {

using Json = nlohmann::ordered_json;

std::string line_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

task<bool> ControlTalk::say(std::string line) {
  if (line.size() > control_answer_bytes_max) {
    const std::size_t bytes = line.size();
    line = line_of({{"error", fmt::format("the answer has a line of {} bytes, more than the {} that are allowed", bytes,
                                          control_answer_bytes_max)}});
  }
  line += '\n';
  if (cut_) co_return false;
  const Deadline deadline = Deadline::after((co_await this_context()).scheduler->now(), write_timeout_);
  const auto write = [&](int) { return socket_.write(line); };
  const auto written = co_await gather(std::views::single(0), write, {.deadline = deadline});
  cut_ = !written.outcomes.front().ok();
  co_return !cut_;
}

task<bool> ControlTalk::say(const Json& event) { return say(line_of(event)); }

void ControlTalk::offer(const Json& event) {
  if (!cut_) socket_.offer(line_of(event) + '\n');
}

task<bool> ControlTalk::end(const Json& result) {
  Json line{{"end", true}};
  line.update(result);
  return say(line);
}

task<bool> ControlTalk::fail(std::string why) { return say(Json{{"error", std::move(why)}}); }

}  // namespace exocast
