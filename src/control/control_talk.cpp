// SPDX-License-Identifier: Apache-2.0
#include "control/control_talk.h"

#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "control/control_request.h"
#include "exocast/gather/gather.h"

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
  cut_ = !co_await with_deadline(socket_.write(line), deadline);
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
