// SPDX-License-Identifier: Apache-2.0
#pragma once
// Chooses the id of a node: the given one, or the first free one, so that several nodes of a host need no names. Safe
// from any thread.

#include <expected>
#include <memory>
#include <string>

#include "control/control_listener.h"

namespace exocast {

struct ClaimedId {
  std::string id;
  std::unique_ptr<ControlListener> listener;
};

/// Claims the control socket of `id`. Unless `exactly`, takes the first of ID, ID-2, ID-3, … up to ID-1000 that no
/// running node has. The error is one printable line.
std::expected<ClaimedId, std::string> claim_id(const std::string& id, bool exactly);

}  // namespace exocast
