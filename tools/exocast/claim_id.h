// SPDX-License-Identifier: Apache-2.0
#pragma once
// Which id a node takes: the one it was given, or the first that is free, so that several nodes of a host need no
// names. Safe from any thread.

#include <expected>
#include <memory>
#include <string>

#include "control/control_listener.h"

namespace exocast {

struct ClaimedId {
  std::string id;
  std::unique_ptr<ControlListener> listener;
};

/// Claims the control socket of `id`, or, unless `exactly` that one is wanted, of the first of ID, ID-2, ID-3, … whose
/// node does not live, up to ID-1000. The error is one printable line.
std::expected<ClaimedId, std::string> claim_id(const std::string& id, bool exactly);

}  // namespace exocast
