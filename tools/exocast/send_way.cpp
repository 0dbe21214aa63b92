// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/send_way.h"

#include <utility>

#include <fmt/format.h>

#include "exocast/gather/gather.h"
#include "report/report_json.h"

namespace exocast {

OwnLinks::OwnLinks(Node& node, const SendOptions& options, StopSource& interrupted)
    : options_(options), interrupted_(interrupted), sender_(node.broadcaster(), node.loop()) {}

task<std::expected<bool, std::string>> OwnLinks::send(Message message) {
  BroadcastOptions options{.timeout = options_.timeout,
                           .limit = options_.limit,
                           .policy = options_.quorum ? DeliveryPolicy::quorum(*options_.quorum) : DeliveryPolicy::all(),
                           .stop = &interrupted_};
  co_await with_stop(sender_.room(message, options), interrupted_);
  if (interrupted_.requested()) co_return false;
  sender_.send(std::move(message), std::move(options));
  co_return true;
}

std::optional<SendWay::Sent> OwnLinks::take() {
  auto report = sender_.take();
  if (!report) return std::nullopt;
  return *std::move(report);
}

task<void> OwnLinks::cancel() { co_return; }  // the broadcasts have `interrupted_`

LocalSends::LocalSends(LocalNode& node, AsioLoop& loop, const SendOptions& options, bool shows_progress,
                       StopSource& interrupted)
    : node_(node), loop_(loop), options_(options), shows_progress_(shows_progress), interrupted_(interrupted) {
  const auto inside = loop_.enter();
  scope_.emplace(loop_);
  scope_->spawn(read());
}

LocalSends::~LocalSends() {
  const auto inside = loop_.enter();
  scope_.reset();
}

task<std::expected<bool, std::string>> LocalSends::send(Message message) {
  std::string request = encode(SendRequest{.message = std::move(message),
                                           .timeout = options_.timeout,
                                           .limit = options_.limit,
                                           .quorum = options_.quorum,
                                           .progress = shows_progress_});
  co_await with_stop(room(request.size()), interrupted_);
  if (interrupted_.requested()) co_return false;
  waiting_.push_back(request.size());
  waiting_bytes_ += request.size();
  const Deadline deadline = Deadline::after(loop_.now(), options_.timeout + LocalNode::patience);
  if (auto asked = co_await node_.ask(std::move(request), deadline); !asked) {
    co_return std::unexpected(std::move(asked.error()));
  }
  ++unanswered_;
  changed_.set();
  co_return true;
}

/// Waits until a request of `bytes` may be sent.
task<void> LocalSends::room(std::size_t bytes) {
  while (unanswered_ + answers_.size() >= PacedSender::messages_max || waiting_.size() >= control_window ||
         (!waiting_.empty() && waiting_bytes_ + bytes > control_ahead_bytes_max)) {
    changed_.reset();
    co_await changed_.wait();
  }
}

task<void> LocalSends::cancel() {
  if (unanswered_ > 0 && !node_.lost()) co_await node_.ask(CancelRequest());
}

/// Reads all answers. Runs until it is stopped.
task<void> LocalSends::read() {
  for (;;) {
    if (unanswered_ == 0) {
      changed_.reset();
      co_await changed_.wait();
      continue;
    }
    auto answer = co_await next_answer();
    if (!answer) {
      begun();  // it is refused before it begins
      do {
        settle(std::unexpected(answer.error()));
      } while (node_.lost() && unanswered_ > 0);
    } else if (*answer) {
      understand(std::move((*answer)->json), (*answer)->last);
    }
  }
}

/// Nothing if the command was interrupted meanwhile: from then on the node has less time.
task<LocalNode::Next> LocalSends::next_answer() {
  const bool stopped = interrupted_.requested();
  const Duration timeout = stopped ? LocalNode::patience : options_.timeout + LocalNode::patience;
  return node_.next(Deadline::after(loop_.now(), timeout), stopped ? nullptr : &interrupted_);
}

void LocalSends::understand(nlohmann::ordered_json json, bool last) {
  if (last) {
    auto report = report_from_json(json.value("report", nlohmann::ordered_json()), rows_);
    rows_.clear();
    if (!begun_.empty()) begun_.pop_front();
    if (report) return settle(*std::move(report));
    return settle(std::unexpected(fmt::format("node '{}' sent an invalid report", node_.id())));
  }
  const std::string event = json.value("event", "");
  if (event == "sending") {
    begun_.push_back({.receivers = json.value("receivers", std::size_t{0}), .begun = loop_.now()});
    begun();
  } else if (event == "progress" && !begun_.empty()) {
    begun_.front().settled = json.value("settled", std::size_t{0});
  } else if (event == "outcome") {
    rows_.push_back(std::move(json));
  }
  changed_.set();
}

void LocalSends::begun() {
  if (waiting_.empty()) return;
  waiting_bytes_ -= waiting_.front();
  waiting_.pop_front();
}

void LocalSends::settle(Sent sent) {
  --unanswered_;
  answers_.push_back(std::move(sent));
  changed_.set();
}

std::optional<SendWay::Sent> LocalSends::take() {
  if (answers_.empty()) return std::nullopt;
  Sent sent = std::move(answers_.front());
  answers_.pop_front();
  changed_.set();
  return sent;
}

}  // namespace exocast
