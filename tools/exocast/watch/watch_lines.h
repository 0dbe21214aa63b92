// SPDX-License-Identifier: Apache-2.0
#pragma once
// The events of a watched node (docs/control.md) as lines for people, safe to print and at most 200 columns long.
// Pure; safe from any thread.

#include <string>

#include <nlohmann/json_fwd.hpp>

namespace exocast {

/// The event with its line end: "n1 is watched", "tokens r1: 1,2,3 finished", "(12 messages missed)", "12 messages
/// seen, 0 missed" for the end; "" for an event that is not known.
std::string to_watch_line(const nlohmann::ordered_json& event);

}  // namespace exocast
