// SPDX-License-Identifier: Apache-2.0
#pragma once
// ControlHandler: executes the requests from a node's control socket.

#include <functional>

#include "control/control_queue.h"
#include "control/control_request.h"
#include "control/control_talk.h"
#include "exocast/gather/stop.h"
#include "exocast/gather/task.h"

namespace exocast {

/// Executes `request`: writes its events and its end to `talk`, and ends early once `stop` is requested. It may also
/// take and execute the requests that follow, from `ahead`; once `stop` is requested no more are added to it. It is
/// called, and its tasks run, inside the node's loop. All arguments outlive the task.
using ControlHandler =
    std::function<task<void>(const ControlRequest& request, ControlTalk& talk, ControlQueue& ahead, StopSource& stop)>;

}  // namespace exocast
