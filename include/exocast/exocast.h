// SPDX-License-Identifier: Apache-2.0
#pragma once
// Includes all public headers. Include single ones, such as "exocast/broadcaster.h", to compile faster.

/// @namespace exocast
/// Broadcasts to all nodes of a cluster, questions to them, and the tasks and loops that both run on.

#include "exocast/as_task.h"
#include "exocast/asio_loop.h"
#include "exocast/asker.h"
#include "exocast/broadcaster.h"
#include "exocast/cluster.h"
#include "exocast/cluster_options.h"
#include "exocast/gather.h"
#include "exocast/inbox.h"
#include "exocast/lane_options.h"
#include "exocast/link.h"
#include "exocast/link_options.h"
#include "exocast/log_progress.h"
#include "exocast/message.h"
#include "exocast/metrics.h"
#include "exocast/node.h"
#include "exocast/options.h"
#include "exocast/peers_file.h"
#include "exocast/question.h"
#include "exocast/replay.h"
#include "exocast/report.h"
#include "exocast/roster.h"
#include "exocast/sender_logs.h"
#include "exocast/signals.h"
#include "exocast/status.h"
#include "exocast/ticket.h"
#include "exocast/topology.h"
