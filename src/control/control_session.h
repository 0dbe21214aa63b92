// SPDX-License-Identifier: Apache-2.0
#pragma once
// ControlSession: one connection of a control socket: its requests, one after another, until it is closed.
//
// Reading continues while a request is under way, so that a cancel request or the end of the connection ends it. What
// is read ahead waits in a ControlQueue. Threading: inside the node's loop. Lifetime: the handler outlives it.

#include <optional>
#include <string>

#include "control/control_handler.h"
#include "control/line_socket.h"

namespace exocast {

class ControlSession {
 public:
  ControlSession(const ControlHandler& handler, LocalStream::socket socket, Duration write_timeout);

  /// Serves the connection to its end.
  task<void> run();

 private:
  /// Adds the next request to `ahead_`; false if it is a cancel request, or at the end of the connection.
  task<bool> read();
  task<void> answer(const ControlRequest& request);
  task<void> read_ahead(StopSource& stop);

  const ControlHandler& handler_;
  LineSocket socket_;
  ControlTalk talk_;
  ControlQueue ahead_;
  bool at_end_ = false;  // no more lines can be read
};

}  // namespace exocast
