// SPDX-License-Identifier: Apache-2.0
#pragma once
// LocalNode: a connection to a running node of this user on this machine, through its control socket (docs/control.md).
// Threading: inside the loop; one request at a time, except sends. Lifetime: the loop outlives it.

#include <expected>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "control/control_request.h"
#include "control/line_socket.h"
#include "exocast/gather/stop.h"
#include "tools/cli/foreground.h"

namespace exocast {

/// The `or_else` of find() for commands that accept peers instead of a node.
inline constexpr std::string_view or_name_peers = "name peers with --peers FILE or --peer ID=HOST:PORT";

class LocalNode {
 public:
  /// One line of an answer.
  struct Answer {
    std::string line;  ///< unchanged, without the line end
    nlohmann::ordered_json json;
    bool last = false;  ///< the request has ended
  };
  using Next = std::expected<std::optional<Answer>, std::string>;

  /// A whole answer.
  struct Rows {
    std::vector<nlohmann::ordered_json> rows;  ///< the events of one kind, in order of arrival
    nlohmann::ordered_json end;                ///< the last line
  };

  /// Timeout of a request that a node answers at once: the process may have been stopped.
  static constexpr Duration patience = std::chrono::seconds(10);

  /// Finds the node `id`. Without an id: the only running node, or the first by id, with a note on standard error. The
  /// error is one printable line; if no node runs, it says how to start one, followed by `or_else`.
  static std::expected<LocalNode, std::string> find(AsioLoop& loop, const std::optional<std::string>& id,
                                                    std::string_view or_else = "");

  const std::string& id() const noexcept { return id_; }

  /// Sends a request; next() returns the answers. The error: the request is too large, or the node has ended or reads
  /// nothing until `deadline`. May run beside next().
  task<std::expected<void, std::string>> ask(const ControlRequest& request) { return ask(encode(request)); }
  task<std::expected<void, std::string>> ask(std::string encoded, Deadline deadline = Deadline::never());

  /// The next line of the answer; nothing once `stop` is requested, after which it may be called again. The error: why
  /// the node refused the request, that it has ended, or that no line came by `deadline`.
  task<Next> next(Deadline deadline, StopSource* stop = nullptr);

  /// No more answers can come: the node has ended, did not answer in time, or broke the protocol.
  bool lost() const noexcept { return lost_; }

  /// Sends `request`, which the node completes within `timeout`, and collects its events `row` ("": all). Shows its
  /// progress in `progress`. If `interrupted` is requested, it cancels the request and still returns its rows. The
  /// error is one printable line.
  task<std::expected<Rows, std::string>> collect(ControlRequest request, std::string_view row, Duration timeout,
                                                 StopSource* interrupted = nullptr, ProgressLine* progress = nullptr);

 private:
  LocalNode(std::string id, LocalStream::socket socket);
  Next understood(std::string line);
  std::unexpected<std::string> ended();
  std::unexpected<std::string> silent();
  std::unexpected<std::string> lose(std::string why);

  std::string id_;
  std::unique_ptr<LineSocket> socket_;
  bool lost_ = false;
};

}  // namespace exocast
