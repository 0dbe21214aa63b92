// SPDX-License-Identifier: Apache-2.0
#pragma once
// The output of `exocast node` and `exocast watch`, one line per event with its line end: for people, printable and up
// to 200 columns, or JSON for programs. Pure functions of their arguments; safe from any thread.

#include <optional>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "exocast/ids.h"
#include "exocast/inbox.h"
#include "exocast/message.h"

namespace exocast {

/// The events of a node in this process.
class EventLines {
 public:
  EventLines(std::string node_id, bool json) : node_id_(std::move(node_id)), json_(json) {}

  /// "n1 listens on 127.0.0.1:50051" / {"event":"listening","id":…,"address":…,"native":…}; "native" only if there is
  /// one.
  std::string listening(const PeerAddress& address, const std::optional<PeerAddress>& native) const;

  /// "tokens r1: 1,2,3 finished", "status r1: {…}", "data news: text", "data news: (12 bytes)" if that is no text /
  /// see to_json_line(Message)
  std::string message(const Message& message) const;

  /// "n1 stopped: 12 messages accepted, 0 refused" / {"event":"stopped","id":…,"accepted":12,"refused":0}
  std::string stopped(const InboxMetrics& metrics) const;

 private:
  std::string node_id_;
  bool json_;
};

/// An event of a watched node (docs/control.md) for people: "n1 is watched", "tokens r1: 1,2,3 finished", "(12 messages
/// missed)", at the end "12 messages seen, 0 missed"; "" for an unknown event.
std::string to_watch_line(const nlohmann::ordered_json& event);

}  // namespace exocast
