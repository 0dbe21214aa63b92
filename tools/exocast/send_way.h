// SPDX-License-Identifier: Apache-2.0
#pragma once
// SendWay: the way on which `exocast send` sends a row of messages and gets their reports, in the order of the
// messages. OwnLinks are the links of a node inside the command, LocalSends those of the local node.
//
// Threading: inside the loop; one task sends, one takes the reports. Lifetime: the arguments of the constructors
// outlive it.

#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "exocast/asio_loop.h"
#include "exocast/gather/scope.h"
#include "exocast/gather/stop.h"
#include "exocast/node.h"
#include "node/paced_sender.h"
#include "tools/exocast/local_node.h"

namespace exocast {

/// The options of each broadcast.
struct SendOptions {
  Duration timeout = std::chrono::seconds(15);  ///< as in exo
  std::size_t limit = 65'536;
  std::optional<std::size_t> quorum = std::nullopt;  ///< nothing: all
};

class SendWay {
 public:
  /// The report of a message. The error is one printable line: it has none.
  using Sent = std::expected<Report, std::string>;

  virtual ~SendWay() = default;

  /// Waits until `message` may be sent, and sends it. False if the command was interrupted before.
  virtual task<std::expected<bool, std::string>> send(Message message) = 0;

  /// What became of the oldest message; nothing if that is not yet known.
  virtual std::optional<Sent> take() = 0;

  /// Ends the messages under way; their reports say so. To be called when no message is being sent.
  virtual task<void> cancel() = 0;

  /// The progress of the oldest message.
  virtual SendProgress oldest() const noexcept = 0;

  /// Set whenever take() or oldest() may have something new.
  virtual Event& changed() noexcept = 0;
};

class OwnLinks final : public SendWay {
 public:
  OwnLinks(Node& node, const SendOptions& options, StopSource& interrupted);

  task<std::expected<bool, std::string>> send(Message message) override;
  std::optional<Sent> take() override;
  task<void> cancel() override;
  SendProgress oldest() const noexcept override { return sender_.oldest(); }
  Event& changed() noexcept override { return sender_.changed(); }

 private:
  const SendOptions& options_;
  StopSource& interrupted_;
  PacedSender sender_;
};

class LocalSends final : public SendWay {
 public:
  /// `shows_progress`: the node is asked for the number of settled receivers.
  LocalSends(LocalNode& node, AsioLoop& loop, const SendOptions& options, bool shows_progress, StopSource& interrupted);
  ~LocalSends() override;

  task<std::expected<bool, std::string>> send(Message message) override;
  std::optional<Sent> take() override;
  task<void> cancel() override;
  SendProgress oldest() const noexcept override { return begun_.empty() ? SendProgress() : begun_.front(); }
  Event& changed() noexcept override { return changed_; }

 private:
  task<void> room(std::size_t bytes);
  task<void> read();
  task<LocalNode::Next> next_answer();
  void understand(nlohmann::ordered_json json, bool last);
  void begun();
  void settle(Sent sent);

  LocalNode& node_;
  AsioLoop& loop_;
  const SendOptions& options_;
  bool shows_progress_;
  StopSource& interrupted_;

  std::deque<std::size_t> waiting_;  // the bytes of the requests that have not begun
  std::size_t waiting_bytes_ = 0;
  std::deque<SendProgress> begun_;  // the messages that have begun and have no report, the oldest first
  std::size_t unanswered_ = 0;
  std::vector<nlohmann::ordered_json> rows_;  // of the oldest message
  std::deque<Sent> answers_;
  Event changed_;
  std::optional<Scope> scope_;
};

}  // namespace exocast
