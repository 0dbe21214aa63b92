// SPDX-License-Identifier: Apache-2.0
#pragma once
// MergingLink: for the random histories, a simulated link that keeps no order.

#include <cstddef>
#include <utility>
#include <vector>

#include "testing/link/sim_link.h"

namespace exocast {

/// A simulated link on which a batch travels as one message, as on exo's.
class MergingLink final : public Link {
 public:
  MergingLink(Scheduler& scheduler, SimPeer& peer, SimPlan plan, std::size_t batch_messages_max)
      : link_(scheduler, peer, std::move(plan)), batch_messages_max_(batch_messages_max) {}
  std::string_view kind() const noexcept override { return "sim"; }
  std::size_t message_bytes_max() const noexcept override { return link_.message_bytes_max(); }
  LinkTraits traits() const noexcept override {
    return {.merges = true, .without_gaps = true, .batch_messages_max = batch_messages_max_, .batch_bytes_max = 4096};
  }
  task<std::expected<void, Status>> deliver(Message message, Deadline deadline) override {
    return link_.deliver(std::move(message), deadline);
  }
  task<BatchEnd> deliver_all(MessageBatch batch, BatchOptions options) override {
    const std::size_t count = batch.size();
    auto answer = co_await link_.deliver(Message::merge(batch), options.deadline);
    if (answer) co_return BatchEnd{.answered = count};
    const bool nowhere = answer.error().text == "refused by plan";
    co_return BatchEnd{.broken = std::move(answer.error()), .resendable = nowhere};
  }

 private:
  SimLink link_;
  std::size_t batch_messages_max_;
};

}  // namespace exocast
