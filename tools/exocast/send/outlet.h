// SPDX-License-Identifier: Apache-2.0
#pragma once
// Outlet: how `exocast send` gets a message to peers: by links of its own, or through the local node.
// Threading: inside the loop; one message at a time.

#include <expected>
#include <string>

#include "exocast/node.h"
#include "exocast/report.h"
#include "tools/cli/progress_line.h"
#include "tools/exocast/local/local_node.h"
#include "tools/exocast/send/send.h"

namespace exocast {

class Outlet {
 public:
  using Sent = std::expected<Report, std::string>;

  virtual ~Outlet() = default;

  /// Broadcasts `message` and shows its progress; ends early, with what was achieved, once `interrupted` is requested.
  /// The error is one printable line: it could not be sent at all.
  virtual task<Sent> send(Message message, StopSource& interrupted, ProgressLine& progress) = 0;
};

/// By links of its own, to the peers of `options`.
class OwnOutlet final : public Outlet {
 public:
  /// Node and options outlive it.
  OwnOutlet(Node& node, const SendOptions& options) noexcept : node_(node), options_(options) {}
  task<Sent> send(Message message, StopSource& interrupted, ProgressLine& progress) override;

 private:
  Node& node_;
  const SendOptions& options_;
};

/// Through a node that runs on this machine, to its peers.
class LocalOutlet final : public Outlet {
 public:
  /// All outlive it.
  LocalOutlet(LocalNode& node, const SendOptions& options) noexcept : node_(node), options_(options) {}
  task<Sent> send(Message message, StopSource& interrupted, ProgressLine& progress) override;

 private:
  LocalNode& node_;
  const SendOptions& options_;
};

}  // namespace exocast
