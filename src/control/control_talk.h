// SPDX-License-Identifier: Apache-2.0
#pragma once
// ControlTalk: sends a command's answers to a client that may be slow or gone: lines of JSON, one at a time.
//
// A line is written before the next one is made, so a slow client costs one line of memory and delays only its own
// command. A client that accepts no bytes for `write_timeout` is disconnected. Threading: inside the loop, one task.
// Lifetime: the socket outlives it.

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "control/line_socket.h"

namespace exocast {

class ControlTalk {
 public:
  ControlTalk(LineSocket& socket, Duration write_timeout) noexcept : socket_(socket), write_timeout_(write_timeout) {}

  /// Sends `line`, or `event` as a line; false if the client is gone, now and from then on. A line that is longer than
  /// control_answer_bytes_max is replaced by an error.
  task<bool> say(std::string line);
  task<bool> say(const nlohmann::ordered_json& event);

  /// Sends an optional event without waiting, or drops it.
  void offer(const nlohmann::ordered_json& event);

  /// Sends the end of the request: its result, or its error.
  task<bool> end(const nlohmann::ordered_json& result);
  task<bool> fail(std::string why);

  /// The client is gone.
  bool cut() const noexcept { return cut_; }

 private:
  LineSocket& socket_;
  Duration write_timeout_;
  bool cut_ = false;
};

}  // namespace exocast
