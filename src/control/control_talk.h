// SPDX-License-Identifier: Apache-2.0
#pragma once
// ControlTalk: what a command says to whoever asked: lines of JSON, one at a time, to a reader that may be slow, or
// gone.
//
// A line is written before the next one is made, so a slow reader costs one line and makes nobody wait but its own
// command; one that takes nothing for `write_timeout` is cut. Threading: inside the loop, one task. Lifetime: the
// socket outlives it.

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "control/line_socket.h"

namespace exocast {

class ControlTalk {
 public:
  ControlTalk(LineSocket& socket, Duration write_timeout) noexcept : socket_(socket), write_timeout_(write_timeout) {}

  /// Says `line`, or `event` as one; false if nobody listens any more, now and from then on. A line that is longer than
  /// control_answer_bytes_max is not sent: an error is said in its place.
  task<bool> say(std::string line);
  task<bool> say(const nlohmann::ordered_json& event);

  /// Says what may be missing, without waiting: it is dropped if it would have to.
  void offer(const nlohmann::ordered_json& event);

  /// Says that the request is over: with what it ended, or why it failed.
  task<bool> end(const nlohmann::ordered_json& result);
  task<bool> fail(std::string why);

  /// Nobody listens any more.
  bool cut() const noexcept { return cut_; }

 private:
  LineSocket& socket_;
  Duration write_timeout_;
  bool cut_ = false;
};

}  // namespace exocast
