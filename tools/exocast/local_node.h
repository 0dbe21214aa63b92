// SPDX-License-Identifier: Apache-2.0
#pragma once
// LocalNode: a node of this user that runs on this machine, asked through its control socket (docs/control.md).
// Threading: inside the loop; one request at a time. Lifetime: the loop outlives it.

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

/// For LocalNode::find(), by commands that can do without one.
inline constexpr std::string_view or_name_peers = "name peers with --peers FILE or --peer ID=HOST:PORT";

class LocalNode {
 public:
  /// One line of an answer.
  struct Answer {
    std::string line;  ///< as it came, without line end
    nlohmann::ordered_json json;
    bool last = false;  ///< the request is over
  };
  using Next = std::expected<std::optional<Answer>, std::string>;

  /// A whole answer.
  struct Rows {
    std::vector<nlohmann::ordered_json> rows;  ///< the events of one kind, in the order in which they came
    nlohmann::ordered_json end;                ///< the last line
  };

  /// How long a node may take for what takes it an instant: it may have been stopped.
  static constexpr Duration patience = std::chrono::seconds(10);

  /// The node `id`; without one the only node that lives, or of several the first by id, which is said on standard
  /// error. The error is one printable line; where no node runs it says how to start one, and then `or_else`.
  static std::expected<LocalNode, std::string> find(AsioLoop& loop, const std::optional<std::string>& id,
                                                    std::string_view or_else = "");

  const std::string& id() const noexcept { return id_; }

  /// Asks; the answers then come from next(). The error: the request is too large, or the node has ended.
  task<std::expected<void, std::string>> ask(const ControlRequest& request);

  /// The next line of the answer; nothing once `stop` is requested, after which it may be called again. The error: why
  /// the node refused the request, that it has ended, or that it has said nothing by `deadline`.
  task<Next> next(Deadline deadline, StopSource* stop = nullptr);

  /// Asks what `request` says, which the node has done after `timeout`, and collects its events `row`; "": all events.
  /// Shows the `progress` it tells of. Once `interrupted` is requested it is cancelled there, and has rows all the
  /// same. The error is one printable line.
  task<std::expected<Rows, std::string>> collect(ControlRequest request, std::string_view row, Duration timeout,
                                                 StopSource* interrupted = nullptr, ProgressLine* progress = nullptr);

 private:
  LocalNode(std::string id, LocalStream::socket socket);
  Next understood(std::string line) const;
  std::unexpected<std::string> ended() const;

  std::string id_;
  std::unique_ptr<LineSocket> socket_;
};

}  // namespace exocast
